"""A redirector dies, or is stopped as a deployment does."""

import time
from typing import Final

import httpx2

from tests.chaos.load import LoadResult
from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.trial import UNANSWERED, Scenario, Trial
from tests.waiting import DEADLINE_S


def kill_redirector(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        kill_and_start(trial, "redirector")


def stop_redirector(trial: Trial) -> None:
    """As a deployment does."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.programs["redirector"].stop()
        trial.system.programs["redirector"].start()


def let_crash_without_valkey(trial: Trial) -> None:
    """For the crash points of the spool, which is in use only while Valkey is down, and just after."""
    while trial.count_crashes() < trial.pace.rounds:
        trial.system.valkey.crash()
        trial.let_pass()
        trial.system.valkey.start()
        trial.let_pass()
        trial.let_pass()  # long enough for the spool to be found and sent


def start_without_stores(trial: Trial) -> None:
    """One that knows its links follows them all the while; one that starts then knows none until they are back."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.valkey.crash()
        trial.system.postgres.crash()
        trial.let_pass()  # until it has put on disk what Valkey may have taken along
        kill_and_start(trial, "redirector 2")
        trial.let_pass()
        trial.system.postgres.start()
        trial.system.valkey.start()
        wait_until_it_knows_links(trial, trial.system.programs["redirector 2"].port)


def wait_until_it_knows_links(trial: Trial, port: int) -> None:
    """Asked for their codes, which are no clicks."""
    give_up_at = time.monotonic() + DEADLINE_S
    with httpx2.Client(timeout=DEADLINE_S) as client:
        for slug in trial.site.slugs:
            address = f"http://127.0.0.1:{port}/{slug}/qr.svg"
            while client.get(address, headers={"Host": trial.site.host}).status_code != 200:
                assert time.monotonic() < give_up_at, trial.system.describe()
                trial.load.wait_for_more(1)


async def find_cold_links_unavailable(_trial: Trial, load: LoadResult) -> None:
    assert load.other.keys() == {"503"}, "other answers than redirects must be those of links that nobody can know"


SCENARIOS: Final = (
    Scenario("F7", "kill -9 of the redirector", kill_redirector, is_in_suite=True, forgives=UNANSWERED),
    Scenario("F7", "the redirector stops politely", stop_redirector, forgives=UNANSWERED),
    Scenario(
        "F7", "redirector dies at after_xadd", Trial.let_crash, "after_xadd:0.01", "redirector", forgives=UNANSWERED
    ),
    Scenario(
        "F7",
        "redirector dies at after_spool_write",
        let_crash_without_valkey,
        "after_spool_write:0.05",
        "redirector",
        forgives=UNANSWERED,
    ),
    Scenario(
        "F9",
        "a redirector starts without both stores",
        start_without_stores,
        programs=("redirector", "redirector 2", "ingest"),
        forgives=UNANSWERED | {"refused"},
        settle=find_cold_links_unavailable,
    ),
    Scenario(
        "F7",
        "redirector dies at before_unlink",
        let_crash_without_valkey,
        "before_unlink:0.7",
        "redirector",
        forgives=UNANSWERED,
    ),
)
