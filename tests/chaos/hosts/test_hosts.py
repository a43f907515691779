"""A host for each store, and two of each stateless kind: whichever is cut off and comes back, nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from tests.chaos.hosts.network import Host, find_obstacle
from tests.chaos.hosts.system import HOST_OF, HostedSystem, open_hosted_system
from tests.chaos.table import PROPERTY
from tests.chaos.trial import Pace, Scenario, Trial, run_trial
from tests.waiting import DEADLINE_S
from tracking.events.relay import RELAY_LOCK
from tracking.silence import GONE_AFTER_S

pytestmark = pytest.mark.at_length

CUT_S: Final = 4
RELAY: Final = """
    SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = $1
"""
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
    """The relay's host is away all the time, longer than PostgreSQL waits for it; the others one after the other."""
    assert isinstance(trial.system, HostedSystem)
    hosts, began_at = trial.system.hosts, time.monotonic()
    relay = hosts[ask(find_relay, trial.system)]
    relay.cut_off()
    for name in ("redirector b", "redis 2", "redis 1", "api a", "postgres"):
        cut_off_for_some_seconds(trial, hosts[name])
    # PostgreSQL takes the lock from whom it cannot reach any more; without limits, after two hours.
    while ask(find_relay, trial.system) in {"", relay.name}:
        assert time.monotonic() < began_at + DEADLINE_S + GONE_AFTER_S, f"{relay.name} is cut off and still the relay"
        trial.load.wait_for_more(20)
    relay.bring_back()
    trial.let_pass()


def ask(question: Callable[[HostedSystem], Coroutine[Any, Any, str]], system: HostedSystem) -> str:
    """From within what must not wait: in a loop of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, question(system)).result()


async def find_relay(system: HostedSystem) -> str:
    """The host of the one worker that gives events their positions; "" when there is none."""
    connection = await system.open_database()
    try:
        address = await connection.fetchval(RELAY, RELAY_LOCK)
    finally:
        await connection.close()
    return next((host.name for host in system.hosts.values() if host.address == str(address)), "")


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
