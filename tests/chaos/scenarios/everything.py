"""All of it at once."""

from typing import Final

from tests.chaos.load import LoadResult
from tests.chaos.scenarios.starts import kill_and_launch
from tests.chaos.trial import UNANSWERED, Scenario, Trial


def kill_everything(trial: Trial) -> None:
    """Workers start while Redis is down, a redirector while PostgreSQL is."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.valkey.crash()
        kill_and_launch(trial, "ingest")
        trial.let_pass()
        trial.system.postgres.crash()
        trial.system.valkey.start()
        kill_and_launch(trial, "ingest 2")
        kill_and_launch(trial, "redirector")
        trial.let_pass()
        trial.system.postgres.start()


async def find_nothing_but_cold_links_refused(_trial: Trial, load: LoadResult) -> None:
    assert load.other.keys() <= {"503"}


SCENARIOS: Final = (
    # A redirector that starts while PostgreSQL is down knows no link yet.
    Scenario(
        "F8",
        "everything is killed",
        kill_everything,
        forgives=UNANSWERED | {"refused"},
        settle=find_nothing_but_cold_links_refused,
    ),
)
