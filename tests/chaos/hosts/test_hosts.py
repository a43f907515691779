"""A host for each store, and two of each stateless kind: whichever is cut off and comes back, nothing is lost."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from tests.chaos.hosts.asking import ANSWERED, Asking, find_totals
from tests.chaos.hosts.network import Host
from tests.chaos.hosts.system import HOST_OF, HostedSystem
from tests.chaos.load import LoadResult
from tests.chaos.oracle import drain
from tests.chaos.table import FOUND, PROPERTY
from tests.chaos.trial import UNANSWERED, Pace, Scenario, Trial, run_trial
from tests.waiting import DEADLINE_S, eventually
from tracking.events.relay import RELAY_LOCK
from tracking.silence import GONE_AFTER_S

pytestmark = pytest.mark.at_length

CUT_S: Final = 4
RELAY: Final = """
    SELECT host(client_addr) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32 | objid::bigint) = $1
"""
PACE: Final = Pace(requests_per_s=150, step=100, rounds=1, max_requests=60_000, orders=0)


@pytest.fixture
def system(hosted: HostedSystem) -> HostedSystem:
    return hosted


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
    for name in ("redirector a", "api b", "redis 2", "redis 1", "api a", "redirector b", "postgres"):
        cut_off_for_some_seconds(trial, hosts[name])
    # PostgreSQL takes the lock from whom it cannot reach any more; without limits, after two hours.
    while ask(find_relay, trial.system) in {"", relay.name}:
        assert time.monotonic() < began_at + DEADLINE_S + GONE_AFTER_S, f"{relay.name} is cut off and still the relay"
        trial.load.wait_for_more(20)
    relay.bring_back()
    trial.let_pass()
    other = next(host for name, host in hosts.items() if name.startswith("worker") and host is not relay)
    cut_off_for_some_seconds(trial, other)
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


async def count_clicks(trial: Trial) -> int:
    connection = await trial.system.open_database()
    try:
        found: int = await connection.fetchval(
            "SELECT count(*) FROM click WHERE account_id = $1", trial.site.account_id
        )
    finally:
        await connection.close()
    return found


@pytest.mark.feature("R1", "R2", "R3", "R6", "R12", "R13")
async def test_whichever_host_is_cut_off_nothing_is_lost_and_apis_tell_the_truth(
    system: HostedSystem, record_property: Callable[[str, object], None]
) -> None:
    def disturb(trial: Trial) -> None:
        asking.start(system, trial.site)
        cut_off_each_host(trial)
        asking.stop()

    async def settle(trial: Trial, _: LoadResult) -> None:
        await drain(system)
        await find_totals(system, trial.site, await count_clicks(trial))

    name, programs = "each of nine hosts is cut off", tuple(HOST_OF)
    scenario = Scenario("hosts", name, disturb, programs=programs, forgives=UNANSWERED, settle=settle)
    with Asking() as asking:
        outcome = await run_trial(system, scenario, PACE)

    record_property(PROPERTY, outcome.describe())
    done = "both apis are asked for totals each second meanwhile"
    record_property(FOUND, ["hosts", name, done, asking.describe()])
    assert outcome.problems == [], outcome.told
    assert asking.unclean == [], outcome.told
    assert all(asking.count(ANSWERED).values()), "an api that never answered proves nothing"


@pytest.mark.feature("R13")
async def test_without_probes_a_relay_that_is_cut_off_keeps_its_lock_from_the_other(
    system: HostedSystem, record_property: Callable[[str, object], None]
) -> None:
    for name in ("ingest", "ingest 2"):
        system.launch(name, "tests.chaos.negative.worker_never_probing")
    try:
        for program in system.programs.values():
            program.wait_ready()
        relay = system.hosts[await eventually(lambda: find_relay(system))]
        relay.cut_off()
        try:
            await asyncio.sleep(2 * GONE_AFTER_S)
            assert await find_relay(system) == relay.name
        finally:
            relay.bring_back()
    finally:
        system.stop()

    found = f"after {2 * GONE_AFTER_S} s the host that is cut off still holds the lock, as it must be seen to"
    record_property(FOUND, ["hosts", "control: workers that never probe", "the relay's host is cut off", found])
