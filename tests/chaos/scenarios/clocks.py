"""Clocks that are wrong: of workers, and of the redirector. Of the product's programs alone, by libfaketime."""

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Final

from tests.chaos.load import LoadResult
from tests.chaos.scenarios.poison import expect_dead, retry_all
from tests.chaos.scenarios.starts import leave_alone
from tests.chaos.trial import Scenario, Trial
from tracking.clicks.store import FROM_THE_FUTURE

LIBRARIES: Final = Path("/usr/lib")
ALMOST_FIVE_MINUTES: Final = dt.timedelta(minutes=4, seconds=55)  # beyond five, a click is from the future
TWO_HOURS: Final = dt.timedelta(hours=2)
AN_HOUR: Final = dt.timedelta(hours=1)


def find_faketime() -> Path | None:
    return next(LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"), None)


def miss_faketime() -> str:
    return "" if find_faketime() else "no libfaketime here (Debian: apt-get install faketime)"


def shift_clock(by: dt.timedelta) -> dict[str, str]:
    """Variables of a program whose wall clock is wrong by so much; waits take as long as ever."""
    return fake_clock(f"{by.total_seconds():+.0f}s")


def fake_clock(described: str) -> dict[str, str]:
    """As libfaketime describes clocks: `+5s`, or `@2026-11-21 20:30:00` for when a program starts."""
    library = str(find_faketime())
    return {"LD_PRELOAD": library, "FAKETIME": described, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}


async def wait_for_the_hour(trial: Trial, result: LoadResult) -> None:
    """Clicks of an hour ahead lie in the dead letter and nowhere else, until workers have come to that hour."""
    expected = Counter({FROM_THE_FUTURE: len(result.tokens) + result.plain})
    await expect_dead(trial, expected)
    connection = await trial.system.open_database()
    try:
        assert not await connection.fetchval("SELECT count(*) FROM click WHERE account_id = $1", trial.site.account_id)
    finally:
        await connection.close()
    for name in ("ingest", "ingest 2"):
        trial.system.programs[name].stop()
        trial.system.launch(name, **shift_clock(AN_HOUR))
    retry_all(trial.system, expected.total())


WORKER_AHEAD: Final = Scenario(
    "F13",
    "a worker is two hours ahead",
    leave_alone,
    programs=("redirector", "ingest"),
    settings={"ingest": shift_clock(TWO_HOURS)},
    find_obstacle=miss_faketime,
)
SCENARIOS: Final = (
    Scenario(
        "F13",
        "workers are five minutes ahead and behind",
        leave_alone,
        settings={"ingest": shift_clock(ALMOST_FIVE_MINUTES), "ingest 2": shift_clock(-ALMOST_FIVE_MINUTES)},
        find_obstacle=miss_faketime,
    ),
    WORKER_AHEAD,
    Scenario(
        "F13",
        "the redirector is an hour ahead",
        leave_alone,
        settings={"redirector": shift_clock(AN_HOUR)},
        settle=wait_for_the_hour,
        find_obstacle=miss_faketime,
    ),
)
