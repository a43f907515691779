"""Workers die, from outside and at the worst moments."""

import itertools
from typing import Final

from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.trial import Scenario, Trial


def kill_workers(trial: Trial) -> None:
    for name, _ in zip(itertools.cycle(("ingest", "ingest 2")), range(trial.pace.rounds), strict=False):
        trial.let_pass()
        kill_and_start(trial, name)


SCENARIOS: Final = (
    Scenario("F1", "kill -9 of workers", kill_workers),
    *(
        Scenario("F1", f"workers die at {point}", Trial.let_crash, f"{point}:0.1", is_in_suite=point == "after_commit")
        for point in ("after_read", "after_insert", "before_commit", "after_commit")
    ),
)
