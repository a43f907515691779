"""Programs that share one listening socket are killed and replaced in turn, and nobody is refused a connection."""

import asyncio
import itertools
from collections.abc import Callable, Iterator

import pytest

from tests.chaos.asking import Asking
from tests.chaos.conftest import shared_socket
from tests.chaos.load import LoadResult
from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.table import FOUND, PROPERTY
from tests.chaos.trial import UNANSWERED, Pace, Scenario, Trial, run_trial
from tests.e2e.system import System

REDIRECTORS = ("redirector", "redirector 2")
PROGRAMS = (*REDIRECTORS, "ingest")
ANSWERS_BETWEEN = 200  # of apis, between two replacements


@pytest.fixture
def sharing(system: System) -> Iterator[System]:
    """Whose redirectors listen on one socket."""
    with shared_socket(system, "redirector"):
        yield system


def kill_in_turn(trial: Trial) -> None:
    for name, _ in zip(itertools.cycle(REDIRECTORS), range(2 * trial.pace.rounds), strict=False):
        trial.let_pass()
        kill_and_start(trial, name)


def replace_in_turn(trial: Trial) -> None:
    """As a deployment does."""
    for name in REDIRECTORS * trial.pace.rounds:
        trial.let_pass()
        trial.system.programs[name].stop()
        trial.system.programs[name].start()


async def find_no_refusal(_trial: Trial, load: LoadResult) -> None:
    assert load.not_connected == 0


KILLED = Scenario(
    "F7",
    "kill -9 of two redirectors on one socket",
    kill_in_turn,
    programs=PROGRAMS,
    forgives=UNANSWERED,
    settle=find_no_refusal,
)
REPLACED = Scenario(
    "F7",
    "two redirectors on one socket are replaced",
    replace_in_turn,
    programs=PROGRAMS,
    settle=find_no_refusal,
)
CASES = [pytest.param(KILLED, id=KILLED.name, marks=pytest.mark.at_length), pytest.param(REPLACED, id=REPLACED.name)]


@pytest.mark.feature("R1", "R2")
@pytest.mark.parametrize("scenario", CASES)
async def test_redirectors_on_one_socket_refuse_no_connection(
    sharing: System, scenario: Scenario, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    outcome = await run_trial(sharing, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], outcome.told


@pytest.mark.at_length
@pytest.mark.feature("R1")
async def test_without_a_shared_socket_a_replaced_redirector_refuses_connections(system: System, pace: Pace) -> None:
    seen = []

    async def note(_trial: Trial, load: LoadResult) -> None:
        seen.append(load.not_connected)

    await run_trial(system, Scenario("-", "no shared socket", replace_in_turn, programs=PROGRAMS, settle=note), pace)

    assert seen[0] > 0


@pytest.mark.at_length
@pytest.mark.feature("R1")
async def test_apis_on_one_socket_are_replaced_and_everybody_is_answered(
    system: System, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    with shared_socket(system, "api"):
        system.start("api", "api 2")
        asking = Asking(system.programs["api"].port)
        tasks = [asyncio.create_task(asking.keep_asking()) for _ in range(8)]
        for program in [*system.programs.values()] * pace.rounds:
            await asking.wait_for_more(ANSWERS_BETWEEN)
            await asyncio.to_thread(program.stop)
            program.launch()
            await asyncio.to_thread(program.wait_ready)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        system.stop()

    did = f"two apis on one socket, replaced {2 * pace.rounds} times while 8 clients ask"
    record_property(FOUND, ["F7", "apis are replaced", did, f"{asking.found[200]:,} answers, none refused or broken"])
    assert asking.found.keys() == {200}
