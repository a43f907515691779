"""Redirectors that share one listening socket are killed and replaced in turn, and nobody is refused a connection."""

import itertools
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.chaos.load import LoadResult
from tests.chaos.scenarios.starts import kill_and_start
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tests.e2e.system import System

REDIRECTORS = ("redirector", "redirector 2")
PROGRAMS = (*REDIRECTORS, "ingest")
BACKLOG = 4_096


@pytest.fixture
def sharing(system: System) -> Iterator[System]:
    """Whose redirectors listen on one socket, which is the test's own."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
        system.listening["redirector"] = listening
        yield system
        del system.listening["redirector"]


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


async def find_nothing_unanswered(_trial: Trial, load: LoadResult) -> None:
    assert (load.not_connected, load.unanswered) == (0, 0)


KILLED = Scenario(
    "F7", "kill -9 of two redirectors on one socket", kill_in_turn, programs=PROGRAMS, settle=find_no_refusal
)
REPLACED = Scenario(
    "F7",
    "two redirectors on one socket are replaced",
    replace_in_turn,
    programs=PROGRAMS,
    settle=find_nothing_unanswered,
)
CASES = [pytest.param(KILLED, id=KILLED.name, marks=pytest.mark.at_length), pytest.param(REPLACED, id=REPLACED.name)]


@pytest.mark.feature("R1", "R2")
@pytest.mark.parametrize("scenario", CASES)
async def test_redirectors_on_one_socket_refuse_no_connection(
    sharing: System, scenario: Scenario, pace: Pace, record_property: Callable[[str, object], None]
) -> None:
    outcome = await run_trial(sharing, scenario, pace)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], sharing.describe()


@pytest.mark.at_length
@pytest.mark.feature("R1")
async def test_without_a_shared_socket_a_replaced_redirector_refuses_connections(system: System, pace: Pace) -> None:
    seen = []

    async def note(_trial: Trial, load: LoadResult) -> None:
        seen.append(load.not_connected)

    await run_trial(system, Scenario("-", "no shared socket", replace_in_turn, programs=PROGRAMS, settle=note), pace)

    assert seen[0] > 0
