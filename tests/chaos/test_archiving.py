"""Links are archived under load, on four redirectors, of which none hears a call for a while."""

import asyncio
import operator
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest

from tests.chaos.table import FOUND, is_at_length
from tests.chaos.visiting import Visitor, read_counter, visitors
from tests.chaos.wire import wire_to_valkey
from tests.e2e.brand import Brand, make_brand
from tests.e2e.system import System
from tests.service import find_free_ports
from tests.waiting import eventually
from tracking.graph_ids import write_graph_id

REDIRECTORS = ("redirector", "redirector 2", "redirector 3", "redirector 4")
MISTAKEN = "tests.chaos.negative.redirector_keeping_what_changed"
ARCHIVE = """
    mutation ($id: ID!) { archiveLink(input: {id: $id}) { ... on ArchiveLinkSuccess { link { slug } } } }
"""
MAKE_LINKS = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, destination_url, is_destination_overridden,
                      label, tags, created_at)
    SELECT $1, id, 'to-archive-' || n, true, 'CUSTOM', 'https://shop.example.com/', false, '', '{}', now()
    FROM tracking_domain, generate_series(1, $2::int) AS n WHERE account_id = $1 RETURNING id, slug
"""
Place = tuple[int, str]  # a redirector by its number, and a slug


@dataclass
class Watch:
    """What visitors see of links that are archived meanwhile; times are those of this process alone."""

    slugs: list[str]
    newest: str  # the one that is archived now, which is asked for most
    archived_at: dict[str, float] = field(default_factory=dict)  # when the api had answered
    last_alive_at: dict[Place, float] = field(default_factory=dict)  # asked last of what was followed
    reread: set[Place] = field(default_factory=set)  # since then the redirector has begun and ended a reading
    asked_after: set[Place] = field(default_factory=set)
    followed_after: set[Place] = field(default_factory=set)  # asked then, and followed all the same

    async def keep_visiting(self, visitor: Visitor, redirector: int, start: int) -> None:
        for number in range(start, start + 1_000_000):
            place = (redirector, self.newest if number % 2 else self.slugs[number // 2 % len(self.slugs)])
            asked_at, is_reread = time.monotonic(), place in self.reread
            status = await visitor.follow(place[1])
            assert status in {302, 410}
            if status == 302:
                self.last_alive_at[place] = asked_at
            if is_reread:
                self.asked_after.add(place)
                if status == 302:
                    self.followed_after.add(place)

    async def keep_rereading(self, redirector: int, ops_port: int) -> None:
        """The second reading to end from now on began after what is archived now had been committed."""
        while True:
            archived = list(self.archived_at)
            read = await read_counter(ops_port, "change_log_reads")
            await eventually(partial(read_counter, ops_port, "change_log_reads"), partial(operator.le, read + 2))
            self.reread.update((redirector, slug) for slug in archived)

    @property
    def heard(self) -> list[str]:
        return self.slugs[: len(self.slugs) // 2]

    @property
    def unheard(self) -> list[str]:
        return self.slugs[len(self.slugs) // 2 :]

    async def count_followed(self) -> int:
        return len(self.last_alive_at)

    async def count_asked_after(self) -> int:
        return len(self.asked_after)

    def find_latest_ms(self, slugs: list[str]) -> float:
        """The longest from the answer of the api to the last request that was followed, 0 where none was."""
        alive_s = [at - self.archived_at[slug] for (_, slug), at in self.last_alive_at.items() if slug in slugs]
        return max(0.0, *alive_s) * 1_000


async def make_links(brand: Brand, count: int) -> dict[str, str]:
    """Ids on the graph, by slug."""
    connection = await brand.system.open_database()
    try:
        rows = await connection.fetch(MAKE_LINKS, brand.account_id, count)
    finally:
        await connection.close()
    return {row["slug"]: write_graph_id("Link", row["id"]) for row in rows}


@asynccontextmanager
async def watching(system: System, brand: Brand, watch: Watch, ops_ports: list[int]) -> AsyncIterator[None]:
    ports = [system.programs[name].port for name in REDIRECTORS]
    async with visitors(ports, brand.host, 4) as crowd, asyncio.TaskGroup() as group:
        places = [(visitor, number % len(ports), number) for number, visitor in enumerate(crowd)]
        tasks = [group.create_task(watch.keep_visiting(*place)) for place in places]
        tasks += [group.create_task(watch.keep_rereading(number, port)) for number, port in enumerate(ops_ports)]
        yield
        for task in tasks:
            task.cancel()


async def wait_for_all(count: Callable[[], Awaitable[int]], everywhere: int) -> None:
    """However long it takes, as long as there are more and more."""
    seen = await count()
    while seen < everywhere:
        seen = await eventually(count, partial(operator.lt, seen))


async def archive_all(brand: Brand, watch: Watch, ids: dict[str, str], slugs: list[str], pause_s: float) -> None:
    for slug in slugs:
        watch.newest = slug
        await brand.ask(ARCHIVE, id=ids[slug])
        watch.archived_at[slug] = time.monotonic()
        await asyncio.sleep(pause_s)


def launch(system: System, redis_url: str, module: str | None) -> list[int]:
    """Four redirectors and an api. Returns the ports for operators."""
    ops_ports = find_free_ports(len(REDIRECTORS))
    system.launch("api")
    for name, port in zip(REDIRECTORS, ops_ports, strict=True):
        system.launch(name, module, REDIS_URL=redis_url, REDIRECTOR_OPS_PORT=str(port))
    for program in system.programs.values():
        program.wait_ready()
    return ops_ports


async def archive_under_load(system: System, count: int, pause_s: float, module: str | None = None) -> Watch:
    """The first half of the links while calls are heard, the other half while none is."""
    brand = await make_brand(system)
    ids = await make_links(brand, count)
    watch = Watch(list(ids), newest=next(iter(ids)))
    everywhere = count * len(REDIRECTORS)
    with wire_to_valkey(system) as (wire, redis_url):
        try:
            ops_ports = launch(system, redis_url, module)
            async with watching(system, brand, watch, ops_ports):
                await wait_for_all(watch.count_followed, everywhere)
                await archive_all(brand, watch, ids, watch.heard, pause_s)
                wire.tell("deaf")
                await archive_all(brand, watch, ids, watch.unheard, pause_s)
                await wait_for_all(watch.count_asked_after, everywhere)
            assert wire.tell("pass") > 0, "no call was withheld, so nothing is proven"
        finally:
            system.stop()
    return watch


@pytest.mark.feature("R8")
async def test_an_archived_link_is_gone_wherever_the_log_was_read_again(
    system: System, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    count, pause_s = (50, 0.4) if is_at_length(request.config) else (10, 0.0)

    watch = await archive_under_load(system, count, pause_s)

    did = f"{count} archives on 4 redirectors under load, half of them while calls over Redis are not heard"
    latest = f"{watch.find_latest_ms(watch.heard):.0f} ms, and {watch.find_latest_ms(watch.unheard):.0f} ms unheard"
    found = f"last redirect after {latest}; none since the log was read again"
    record_property(FOUND, ["F10", "archived under load", did, found])
    assert watch.followed_after == set()


@pytest.mark.at_length
@pytest.mark.feature("R8")
async def test_a_redirector_that_keeps_what_changed_is_seen(system: System) -> None:
    watch = await archive_under_load(system, 10, 0.0, MISTAKEN)

    assert watch.followed_after != set()
