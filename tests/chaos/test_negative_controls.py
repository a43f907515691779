"""Programs with one mistake each: a chaos test that calls one of them right could not see a mistake of ours either."""

from dataclasses import dataclass, replace

import pytest

from tests.chaos.scenarios.clocks import WORKER_AHEAD
from tests.chaos.scenarios.disks import FULL_SPOOL, empty_spool
from tests.chaos.scenarios.selling import let_programs_show
from tests.chaos.scenarios.valkey import cut_valkeys_tail
from tests.chaos.trial import SHORT, Scenario, Trial, run_trial
from tests.e2e.system import System

NEGATIVE = "tests.chaos.negative"


def mistaken_worker(module: str, faults: str) -> Scenario:
    modules = {"ingest": f"{NEGATIVE}.{module}"}
    return Scenario("F1", module, Trial.let_crash, faults, programs=("redirector", "ingest"), modules=modules)


@dataclass(frozen=True)
class Control:
    scenario: Scenario
    seen_as: set[str]


MISTAKEN_REDIRECTOR = Scenario(
    "F3",
    "redirector_without_ring",
    cut_valkeys_tail,
    programs=("redirector", "ingest"),
    modules={"redirector": f"{NEGATIVE}.redirector_without_ring"},
)
_SELLERS = ("redirector", "ingest", "jobs")
UNDECIDED = "worker_keeping_reports_before_deciding"
MISTAKEN_SELLER = Scenario(
    "F1",
    UNDECIDED,
    Trial.let_crash,
    "before_conversion_commit:0.3",
    programs=_SELLERS,
    modules={"ingest": f"{NEGATIVE}.{UNDECIDED}"},
    buyers=0.1,
    networks=800,
)
# From one address, so that very many clicks turn out programs', which earned something before.
MISTAKEN_JOBS = Scenario(
    "F1",
    "jobs_never_taking_back",
    let_programs_show,
    programs=_SELLERS,
    modules={"jobs": f"{NEGATIVE}.jobs_never_taking_back"},
    buyers=0.1,
    addresses=1,
)
MISTAKEN_CLOCK = replace(
    WORKER_AHEAD, name="worker_counting_by_its_clock", modules={"ingest": f"{NEGATIVE}.worker_counting_by_its_clock"}
)
MISTAKEN_SPOOL = replace(
    FULL_SPOOL,
    name="redirector_calling_all_durable",
    modules={"redirector": f"{NEGATIVE}.redirector_calling_all_durable"},
    settle=empty_spool,
)
CONTROLS = (Control(mistaken_worker("worker_acknowledging_first", "after_read:0.2"), {"lost"}),)
AT_LENGTH = (
    Control(
        mistaken_worker("worker_counting_deliveries", "after_commit:0.2"),
        {"doubled", "wrong_cells", "audit_differences"},
    ),
    Control(MISTAKEN_REDIRECTOR, {"lost"}),
    Control(MISTAKEN_SELLER, {"wrong_sales"}),
    Control(
        mistaken_worker("worker_committing_twice", "after_insert:0.2"),
        {"unannounced", "wrong_cells", "audit_differences"},
    ),
    Control(MISTAKEN_JOBS, {"wrong_outcomes", "audit_differences"}),
    Control(MISTAKEN_CLOCK, {"wrong_cells"}),
    Control(MISTAKEN_SPOOL, {"lost"}),
)


def name(control: Control) -> str:
    return control.scenario.name


@pytest.mark.feature("R3", "R7")
@pytest.mark.parametrize(
    "control", [*CONTROLS, *(pytest.param(control, marks=pytest.mark.at_length) for control in AT_LENGTH)], ids=name
)
async def test_a_mistake_is_seen(system: System, control: Control) -> None:
    if obstacle := control.scenario.find_obstacle():
        pytest.skip(obstacle)

    outcome = await run_trial(system, control.scenario, SHORT)

    seen_as = {problem.split()[1] for problem in outcome.findings.problems}
    assert control.seen_as <= seen_as
