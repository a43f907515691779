"""Events that can never be stored, among good ones and alone. They end in the dead letter, each with its reason."""

import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import redis

from creatrail.embedded.folders import PROJECT
from tests.chaos.load import LoadResult
from tests.chaos.oracle import drain
from tests.chaos.trial import Scenario, Trial
from tests.clicking import DAY_MS, HOUR_MS, make_event
from tests.e2e.system import System
from tracking.clicks.event import VERSION, encode_click
from tracking.clock import now_ms
from tracking.streams import CLICK_STREAM
from worker.dead_letter import list_dead

HUGE_BYTES: Final = 8 * 1024**2
ONE_IN: Final = 500
ALONE: Final = 1_000  # of each kind and round
MOST: Final = 100_000

Fields = Mapping[bytes, bytes]


class Poison(NamedTuple):
    reason: str
    make: Callable[[int], Fields]  # for an account


def write_click(account_id: int, **changes: Any) -> Fields:
    return {VERSION: encode_click(make_event(account_id, **changes))}


POISONS: Final = (
    Poison("undecodable", lambda _: {VERSION: secrets.token_bytes(200)}),
    Poison("unknown_version", lambda _: {b"nobody knows": b"anything"}),
    Poison("unknown_version", lambda _: {b"nobody knows": b"anything", b"twice": b"anything"}),
    Poison("unknown_account", lambda _: write_click(2**62)),
    Poison("too_late", lambda account_id: write_click(account_id, at_ms=now_ms() - 8 * DAY_MS)),
    Poison("from_the_future", lambda account_id: write_click(account_id, at_ms=now_ms() + 3 * HOUR_MS)),
    Poison("invalid_click_id", lambda account_id: write_click(account_id, click_id=b"short")),
    Poison("invalid_visitor_key", lambda account_id: write_click(account_id, visitor_key=b"short")),
    Poison("unstorable: CharacterNotInRepertoireError", lambda account_id: write_click(account_id, placement="a\0b")),
)
HUGE: Final = (
    Poison("undecodable", lambda _: {VERSION: secrets.token_bytes(HUGE_BYTES)}),
    Poison("unknown_version", lambda _: {b"nobody knows": b"x" * HUGE_BYTES}),
    Poison(
        "from_the_future",
        lambda account_id: write_click(account_id, at_ms=now_ms() + 3 * HOUR_MS, user_agent=b"x" * HUGE_BYTES),
    ),
)


def count_reasons(trial: Trial) -> Counter[str]:
    """What the scenario puts in."""
    if trial.scenario.disturb is send_huge_ones:
        return Counter(poison.reason for poison in HUGE)
    copies = ALONE if trial.scenario.disturb is send_nothing_else else 1
    return Counter(
        {
            reason: copies * trial.pace.rounds * count
            for reason, count in Counter(poison.reason for poison in POISONS).items()
        }
    )


def poison_some(trial: Trial) -> None:
    for _ in range(trial.pace.rounds):
        for poison in POISONS:
            trial.load.wait_for_more(ONE_IN)
            send(trial, poison)


def send_nothing_else(trial: Trial) -> None:
    """Batches in which nothing is good, after the good ones."""
    for _ in range(trial.pace.rounds):
        trial.let_pass()
        for poison in POISONS:
            send(trial, poison, ALONE)
        trial.let_pass()


def send_huge_ones(trial: Trial) -> None:
    for poison in HUGE:
        trial.let_pass()
        send(trial, poison)
    trial.let_pass()


def send(trial: Trial, poison: Poison, copies: int = 1) -> None:
    with redis.Redis.from_url(trial.system.valkey.url) as client:
        pipeline = client.pipeline(transaction=False)
        for _ in range(copies):
            pipeline.xadd(CLICK_STREAM, dict(poison.make(trial.site.account_id)))
        pipeline.execute()


async def find_them_dead(trial: Trial, _: LoadResult) -> None:
    """They lie there once each, come back when they are retried, and are dropped at last."""
    expected = count_reasons(trial)
    await expect_dead(trial, expected)
    retry_all(trial.system, expected.total())
    await expect_dead(trial, expected)
    told = ask_dead(trial.system, "drop", "--all")
    assert told == f"{expected.total()} events dropped", told


async def expect_dead(trial: Trial, expected: Counter[str]) -> None:
    """Once nothing is on its way any more."""
    await drain(trial.system)
    found = await read_reasons(trial.system)
    assert found == expected, f"{found} lie in the dead letter in place of {expected}"


def retry_all(system: System, count: int) -> None:
    told = ask_dead(system, "retry", "--all")
    assert told == f"{count} events put back into the stream", told


async def read_reasons(system: System) -> Counter[str]:
    async with system.open_redis() as client:
        return Counter(dead.reason for dead in await list_dead(client, MOST))


def ask_dead(system: System, *arguments: str) -> str:
    """What `creatrail dead` prints."""
    command = [sys.executable, "-m", "creatrail", "dead", *arguments]
    done = subprocess.run(
        command, cwd=PROJECT, env=system.environment, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout.strip()


SCENARIOS: Final = (
    Scenario("F14", "1 event in 500 is poison", poison_some, settle=find_them_dead),
    Scenario("F14", "batches of nothing but poison", send_nothing_else, settle=find_them_dead),
    Scenario("F14", "huge events", send_huge_ones, settle=find_them_dead),
)
