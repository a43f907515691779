"""A host for each store, and two of each stateless kind: whichever is cut off and comes back, nothing is lost."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Final

import pytest

from tests.chaos.hosts.network import Host, find_obstacle
from tests.chaos.hosts.system import HOST_OF, HostedSystem, open_hosted_system
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tracking.silence import GONE_AFTER_S

pytestmark = pytest.mark.at_length

CUT_S: Final = 4
PACE: Final = Pace(requests_per_s=150, step=100, rounds=1, max_requests=60_000, orders=0)


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[HostedSystem]:
    if obstacle := find_obstacle():
        pytest.skip(obstacle)
    async with open_hosted_system() as system:
        yield system


def cut_off_for_some_seconds(trial: Trial, host: Host) -> None:
    trial.let_pass()
    host.cut_off()
    until = time.monotonic() + CUT_S
    while time.monotonic() < until:
        trial.load.wait_for_more(1)
    host.bring_back()


def cut_off_each_host(trial: Trial) -> None:
    """A worker's host is away all the time, longer than PostgreSQL waits for it; the others one after the other."""
    assert isinstance(trial.system, HostedSystem)
    hosts, began_at = trial.system.hosts, time.monotonic()
    hosts["worker a"].cut_off()
    for name in ("redirector b", "redis 2", "redis 1", "api a", "postgres"):
        cut_off_for_some_seconds(trial, hosts[name])
    while time.monotonic() < began_at + GONE_AFTER_S + CUT_S:
        trial.load.wait_for_more(1)
    hosts["worker a"].bring_back()
    trial.let_pass()


@pytest.mark.feature("R1", "R2", "R3", "R6", "R12", "R13")
async def test_whichever_host_is_cut_off_nothing_is_lost(
    system: HostedSystem, record_property: Callable[[str, object], None]
) -> None:
    scenario = Scenario(
        "hosts", "each of nine hosts is cut off and comes back", cut_off_each_host, programs=tuple(HOST_OF)
    )

    outcome = await run_trial(system, scenario, PACE)

    record_property(PROPERTY, outcome.describe())
    assert outcome.problems == [], system.describe()
