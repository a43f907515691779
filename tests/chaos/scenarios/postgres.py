"""PostgreSQL dies."""

from typing import Final

from tests.chaos.trial import Scenario, Trial


def kill_postgres(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.postgres.crash()
        trial.let_pass()
        trial.system.postgres.start()


SCENARIOS: Final = (Scenario("kill -9 of PostgreSQL", kill_postgres),)
