"""Two workers whose clocks show the same minute one after the other: what the calendar asks for is done once (F13)."""

import datetime as dt
from collections.abc import Callable
from typing import Final

import pytest
import redis.asyncio

from tests.chaos.scenarios.clocks import fake_clock, miss_faketime
from tests.chaos.table import FOUND
from tests.e2e.system import System
from tests.waiting import eventually
from tracking.clock import utc_now

JOB: Final = "resume_exports"
SECOND: Final = 45
NEXT_JOB: Final = "resume_erasures"
NEXT: Final = dt.timedelta(seconds=5)
STARTS_BEFORE: Final = dt.timedelta(seconds=20)  # so long may it take to start


@pytest.mark.at_length
@pytest.mark.feature("R6")
async def test_two_clocks_that_show_the_same_minute_run_its_job_once(
    system: System, record_property: Callable[[str, object], None]
) -> None:
    if obstacle := miss_faketime():
        pytest.skip(obstacle)
    tick = utc_now().replace(second=SECOND, microsecond=0) + dt.timedelta(minutes=5)
    clock = fake_clock(f"@{tick - STARTS_BEFORE:%Y-%m-%d %H:%M:%S}")

    first = await run_past(system, "jobs", clock, tick)
    second = await run_past(system, "jobs 2", clock, tick)
    assert second == first  # nobody has written another result

    async with system.open_redis() as client:
        await _delete(client, f"arq:result:cron:{JOB}:*")
    assert await run_past(system, "jobs", clock, tick) != first  # so this would have shown
    done = "two workers, each with a clock that is five minutes ahead, came to the same tick one after the other"
    record_property(FOUND, ["F13", "cron", done, "it ran once; and again when its note was taken away"])


async def run_past(system: System, name: str, clock: dict[str, str], tick: dt.datetime) -> dict[bytes, bytes]:
    """What the job's run of this tick left, once a worker of that clock has come to the next job."""
    worker = system.launch(name, **clock)
    worker.wait_ready()
    async with system.open_redis() as client:
        await eventually(lambda: _read_results(client, NEXT_JOB, tick + NEXT))
        found = await _read_results(client, JOB, tick)
        worker.stop()
        await _delete(client, f"arq:result:cron:{NEXT_JOB}:*")
        await _delete(client, "arq:in-progress:cron:*")  # is kept for a minute, and clocks may be ten apart
    return found


async def _delete(client: redis.asyncio.Redis, pattern: str) -> None:
    if keys := await client.keys(pattern):
        await client.delete(*keys)


async def _read_results(client: redis.asyncio.Redis, job: str, tick: dt.datetime) -> dict[bytes, bytes]:
    pattern = f"arq:result:cron:{job}:{int(tick.timestamp())}*"
    return {key: await client.get(key) for key in await client.keys(pattern)}
