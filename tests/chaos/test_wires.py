"""The way between programs and Valkey is broken: it swallows everything, or the answers to what was done."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.load import LoadResult
from tests.chaos.table import PROPERTY
from tests.chaos.trial import SHORT, Pace, Scenario, Trial, run_trial
from tests.chaos.wire import Wire, wire_to_valkey
from tests.e2e.system import System

PROGRAMS = ("redirector", "ingest", "ingest 2")
LOST_SHARE = 0.05
MISTAKEN = "tests.chaos.negative.worker_counting_deliveries"


class LostAnswers:
    """Redis does what it is asked to, and one in twenty answers does not come back: its connection ends."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.cuts = 0

    def disturb(self, trial: Trial) -> None:
        self.wire.tell("cut", LOST_SHARE)
        for _ in range(2 * trial.pace.rounds):
            trial.let_pass()
        self.cuts = self.wire.tell("pass")

    async def find_some(self, _trial: Trial, _load: LoadResult) -> None:
        assert self.cuts > 0, "no answer was lost, so nothing is proven"


def lose_answers(name: str, redis_url: str, lost: LostAnswers, **more: Any) -> Scenario:
    settings = {program: {"REDIS_URL": redis_url} for program in PROGRAMS}
    return Scenario("F5", name, lost.disturb, programs=PROGRAMS, settings=settings, settle=lost.find_some, **more)


@pytest.mark.feature("R2", "R3")
async def test_an_answer_of_redis_that_is_lost_makes_no_click_two(
    system: System, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    with wire_to_valkey(system) as (wire, redis_url):
        scenario = lose_answers("answers of Valkey are lost", redis_url, LostAnswers(wire))
        outcome = await run_trial(system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told


@pytest.mark.at_length
@pytest.mark.feature("R3")
async def test_a_worker_that_counts_what_comes_twice_is_seen(system: System) -> None:
    """So clicks do come twice when answers are lost."""
    with wire_to_valkey(system) as (wire, redis_url):
        mistaken = {"ingest": MISTAKEN, "ingest 2": MISTAKEN}
        scenario = lose_answers("counting deliveries", redis_url, LostAnswers(wire), modules=mistaken)
        outcome = await run_trial(system, scenario, SHORT)

    assert {"doubled", "wrong_cells"} <= {problem.split()[1] for problem in outcome.problems}


@pytest.mark.at_length
@pytest.mark.feature("R1", "R2", "R3")
async def test_a_way_to_redis_that_swallows_everything_loses_nothing(
    system: System, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    with wire_to_valkey(system) as (wire, redis_url):

        def swallow(trial: Trial) -> None:
            for _ in range(trial.pace.rounds):
                trial.let_pass()
                wire.tell("blackhole")
                trial.let_pass()
                wire.tell("pass")
            trial.let_pass()

        settings = {program: {"REDIS_URL": redis_url} for program in PROGRAMS}
        scenario = Scenario("F4", "the way to Valkey swallows everything", swallow, settings=settings)
        outcome = await run_trial(system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
