"""Whatever is killed, at whatever moment: what was answered with an id is one row, counted once."""

from collections.abc import Callable

import pytest

from tests.chaos.scenarios import SCENARIOS
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, Scenario, run_trial
from tests.e2e.system import System

AT_LENGTH = pytest.mark.at_length
CASES = [
    pytest.param(scenario, id=scenario.name, marks=() if scenario.is_in_suite else AT_LENGTH) for scenario in SCENARIOS
]


@pytest.mark.feature("R1", "R2", "R3", "R6", "R7", "R12", "R13", "TR13")
@pytest.mark.parametrize("scenario", CASES)
async def test_every_answered_click_and_sale_is_stored_and_counted_once(
    system: System, scenario: Scenario, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    if obstacle := scenario.find_obstacle():
        pytest.skip(obstacle)

    outcome = await run_trial(system, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told
    assert bool(outcome.findings.crashes) == bool(scenario.faults), outcome.told
    sales = outcome.findings.sales
    assert bool(sales.credited) == bool(scenario.buyers), "nothing was earned, so nothing is proven"
    assert sales.taken_back or not scenario.is_of_programs, "no click turned out a program's"
