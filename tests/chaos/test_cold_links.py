"""Links that are not in memory, asked for by a crowd at once, and slugs that are nobody's, by whoever guesses them."""

import asyncio
import itertools
import random
import string
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.chaos.site import Site, make_site
from tests.chaos.table import FOUND
from tests.chaos.visiting import Visitor, visitors
from tests.chaos.wire import wire_to_postgres
from tests.e2e.system import System

REDIRECTORS = ("redirector", "redirector 2")
MISTAKEN = "tests.chaos.negative.redirector_asking_each_time"
LOOK_UP = "wanted.place, link.id AS link_id"  # in the log of PostgreSQL, for each query for links
DELAY_S = 0.1
PER_MINUTE = 60  # unknown slugs that a client may ask for
GUESSERS = 16
ADDRESSES = [f"198.51.100.{last}" for last in range(1, 251)]


@asynccontextmanager
async def logging_queries(system: System) -> AsyncIterator[None]:
    connection = await system.open_database()
    try:
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("SELECT pg_reload_conf()")
        yield
        await connection.execute("ALTER SYSTEM RESET log_statement")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


def count_look_ups(system: System) -> int:
    return system.postgres.server.log.read_text(errors="replace").count(LOOK_UP)


@pytest.fixture
async def site(system: System) -> AsyncIterator[Site]:
    connection = await system.open_database()
    made = await make_site(connection)
    await connection.close()
    async with logging_queries(system):
        yield made
    system.stop()


async def crowd_around(system: System, site: Site, count: int, module: str | None = None) -> tuple[int, Counter[int]]:
    """So many ask each of two redirectors for one link at once. Returns how often it was looked up, and answers."""
    with wire_to_postgres(system) as (wire, database_url):
        for name in REDIRECTORS:
            system.launch(name, module, DATABASE_URL=database_url)
        for program in system.programs.values():
            program.wait_ready()
        ports = [program.port for program in system.programs.values()]
        async with visitors(ports, site.host, count) as crowd:
            for visitor in crowd[: len(ports)]:
                assert await visitor.follow(site.slugs[0]) == 302
            before = count_look_ups(system)
            wire.tell("delay", DELAY_S)
            for visitor in crowd:
                visitor.ask(site.slugs[1])
            answers = Counter(await asyncio.gather(*(visitor.hear() for visitor in crowd)))
        return count_look_ups(system) - before, answers


@pytest.mark.at_length
@pytest.mark.feature("R1")
async def test_a_crowd_at_a_cold_link_is_one_query_of_each_redirector(
    system: System, site: Site, record_property: Callable[[str, object], None]
) -> None:
    count = 1_000

    looked_up, answers = await crowd_around(system, site, count)

    did = f"{2 * count:,} requests at once for one cold link, at two redirectors"
    record_property(FOUND, ["F11", "a crowd at a cold link", did, f"{looked_up} queries, {answers[302]:,} redirects"])
    assert answers == {302: 2 * count}
    assert looked_up == len(REDIRECTORS)


@pytest.mark.at_length
@pytest.mark.feature("R1")
async def test_a_redirector_that_asks_for_everybody_is_seen(system: System, site: Site) -> None:
    looked_up, _ = await crowd_around(system, site, 200, MISTAKEN)

    assert looked_up > len(REDIRECTORS)


class Guessing:
    """Visitors who ask for slugs that are nobody's, as fast as they are answered."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.chance = random.Random(12)  # noqa: S311 -- chance, not a secret

    async def keep_guessing(self, visitor: Visitor) -> None:
        while True:
            self.answers[await visitor.follow("".join(self.chance.choices(string.ascii_letters, k=7)))] += 1


async def follow_known(guests: list[Visitor], site: Site, count: int) -> list[float]:
    """So many requests for links that are there, in turn. Returns how long each took, in ms, shortest first."""

    async def follow(visitor: Visitor) -> list[float]:
        took_ms = []
        for number in range(count // len(guests)):
            started_at = time.monotonic()
            assert await visitor.follow(site.slugs[number % len(site.slugs)]) == 302
            took_ms.append((time.monotonic() - started_at) * 1_000)
        return took_ms

    times = await asyncio.gather(*(follow(visitor) for visitor in guests))
    return sorted(itertools.chain.from_iterable(times))


@pytest.mark.at_length
@pytest.mark.feature("R1")
@pytest.mark.parametrize("addresses", [ADDRESSES[:1], ADDRESSES[:GUESSERS]], ids=["one client", "many clients"])
async def test_guessing_slugs_costs_postgresql_little_and_nobody_a_redirect(
    system: System, site: Site, addresses: list[str], record_property: Callable[[str, object], None]
) -> None:
    system.start("redirector")
    ports = [system.programs["redirector"].port]
    guessing = Guessing()
    async with visitors(ports, site.host, 4) as guests:
        alone_ms = await follow_known(guests, site, 4_000)
        # Only now: a connection that says nothing for seconds is closed.
        async with visitors(ports, site.host, GUESSERS, addresses) as guessers:
            before, began_at = count_look_ups(system), time.monotonic()
            tasks = [asyncio.create_task(guessing.keep_guessing(visitor)) for visitor in guessers]
            beside_ms = await follow_known(guests, site, 4_000)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            took_s = time.monotonic() - began_at
    looked_up = count_look_ups(system) - before

    rate = sum(guessing.answers.values()) / took_s
    did = f"{rate:,.0f} unknown slugs/s from {len(addresses)} address(es) for {took_s:.0f} s, beside good traffic"
    told = ", ".join(f"{count:,} of {status}" for status, count in sorted(guessing.answers.items()))
    p99s = f"p99 of good ones {alone_ms[-len(alone_ms) // 100]:.1f} → {beside_ms[-len(beside_ms) // 100]:.1f} ms"
    record_property(FOUND, ["F12", "slugs are guessed", did, f"{looked_up:,} queries; {told}; {p99s}"])
    minutes = 2 + int(took_s) // 60  # in which the guesses may have fallen
    assert looked_up <= (PER_MINUTE + GUESSERS) * len(addresses) * minutes
    assert guessing.answers.keys() == {404, 429}
