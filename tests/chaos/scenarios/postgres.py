"""PostgreSQL dies."""

from typing import Final

from tests.chaos.trial import Scenario, Trial


def kill_postgres(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        trial.system.postgres.crash()
        trial.let_pass()
        trial.system.postgres.start()


SCENARIOS: Final = (Scenario("F6", "kill -9 of PostgreSQL", kill_postgres, is_in_suite=True),)
