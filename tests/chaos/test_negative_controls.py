"""Programs with one mistake each: a chaos test that calls one of them right could not see a mistake of ours either."""

from dataclasses import dataclass

import pytest

from tests.chaos.scenarios import cut_valkeys_tail
from tests.chaos.trial import SHORT, Scenario, Trial, run_trial
from tests.e2e.system import System

NEGATIVE = "tests.chaos.negative"


def mistaken_worker(module: str, faults: str) -> Scenario:
    modules = {"ingest": f"{NEGATIVE}.{module}"}
    return Scenario(module, Trial.let_crash, faults, programs=("redirector", "ingest"), modules=modules)


@dataclass(frozen=True)
class Control:
    scenario: Scenario
    seen_as: set[str]


MISTAKEN_REDIRECTOR = Scenario(
    "redirector_without_ring",
    cut_valkeys_tail,
    programs=("redirector", "ingest"),
    modules={"redirector": f"{NEGATIVE}.redirector_without_ring"},
)
CONTROLS = (
    Control(mistaken_worker("worker_acknowledging_first", "after_read:0.2"), {"lost"}),
    Control(
        mistaken_worker("worker_counting_deliveries", "after_commit:0.2"),
        {"doubled", "wrong_cells", "audit_differences"},
    ),
    Control(
        mistaken_worker("worker_committing_twice", "after_insert:0.2"),
        {"unannounced", "wrong_cells", "audit_differences"},
    ),
    Control(MISTAKEN_REDIRECTOR, {"lost"}),
)


@pytest.mark.feature("R3")
@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.scenario.name)
async def test_a_mistake_is_seen(system: System, control: Control) -> None:
    outcome = await run_trial(system, control.scenario, SHORT)

    seen_as = {problem.split()[1] for problem in outcome.findings.problems}
    assert control.seen_as <= seen_as
