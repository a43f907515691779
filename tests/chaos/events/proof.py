"""The proof that events lose nothing: readers that are killed every second, under clicks, re-labels and outages.

`await prove(system, SHORT)` for the suite, `LONG` for `./dev bench events`.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import le, lt
from pathlib import Path
from typing import Any, Final

import asyncpg
from tortoise.context import TortoiseContext

from tests.chaos.events.disturbances import LINKS, PLAN, Disturbance, Stage
from tests.chaos.events.example_readers import make_readers
from tests.chaos.events.oracle import Verdict, judge, read_log, read_report
from tests.chaos.events.readers import Reader
from tests.chaos.load import running_load
from tests.chaos.oracle import drain
from tests.chaos.site import Site, make_site
from tests.e2e.brand import Brand
from tests.e2e.system import System
from tests.waiting import eventually
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.database import TRANSIENT_ERRORS
from tracking.events.outbox import CLICK_KINDS, EventKind
from tracking.orm import describe_orm

PROGRAMS: Final = ("api", "redirector", "ingest", "jobs")
FOLLOWERS: Final = ("behaviour_state", "conversion_follower", "dimension_state")
CONNECTIONS: Final = 8
LOOK_EVERY_S: Final = 0.1
PATIENCE_S: Final = 6.0  # with readers that hear nothing any more
COUNT_EVENTS: Final = f"""
    SELECT coalesce(sum(cardinality(ids) / CASE kind WHEN {EventKind.UNIQUES_MOVED:d} THEN 2 ELSE 1 END), 0)
    FROM event_log WHERE account_id = $1 AND kind = ANY ($2)
"""


MakeReaders = Callable[[Brand, Path, str], Sequence[Reader]]  # in a folder; one that follows a link alone, this one


@dataclass(frozen=True)
class Pace:
    """Clicks that come, and how many events there are at least, with those that judge clicks otherwise."""

    clicks: int
    clicks_per_s: float
    events: int
    plan: Sequence[tuple[float, Disturbance]] = PLAN


SHORT: Final = Pace(clicks=800, clicks_per_s=50, events=1_500, plan=PLAN[:8])
LONG: Final = Pace(clicks=6_000, clicks_per_s=100, events=10_000)


@dataclass(frozen=True)
class Proof:
    events: int
    took_s: float
    verdicts: Mapping[str, Verdict]  # by reader
    mistaken: frozenset[str] = frozenset()  # readers that must be found out

    @property
    def problems(self) -> list[str]:
        """Of those that are there to have none."""
        return [
            f"{name}: {problem}"
            for name, verdict in self.verdicts.items()
            for problem in verdict.problems
            if name not in self.mistaken
        ]


async def prove(system: System, pace: Pace, make: MakeReaders = make_readers) -> Proof:
    site = await open_site(system)
    brand = await open_brand(system, site)
    system.start(*PROGRAMS)
    try:
        stage = Stage(system, brand, [node["id"] for node in (await brand.ask(LINKS))["nodes"]])
        readers = make(brand, system.state / site.host, stage.links[0])
        started_at = time.monotonic()
        verdicts = await run(stage, site, pace, readers)
        mistaken = frozenset(reader.name for reader in readers if reader.is_mistaken)
        events = max(verdict.heard for verdict in verdicts.values())
        return Proof(events, time.monotonic() - started_at, verdicts, mistaken)
    finally:
        system.stop()


async def open_site(system: System) -> Site:
    """Whoever follows the log has nothing to do with what earlier scenarios left."""
    connection = await system.open_database()
    try:
        for follower in FOLLOWERS:
            await connection.execute(
                f"UPDATE {follower} SET position = coalesce((SELECT max(position) FROM event_log), position)"
            )
        return await make_site(connection)
    finally:
        await connection.close()


async def open_brand(system: System, site: Site) -> Brand:
    async with TortoiseContext() as context:
        await context.init(config=describe_orm(system.settings.database_url))
        key = await create_api_key(site.account_id, "events", list(Scope))
    return Brand(system, site.account_id, site.host, key.token)


async def run(stage: Stage, site: Site, pace: Pace, readers: Sequence[Reader]) -> dict[str, Verdict]:
    """Everything, up to what there is to say of each reader."""
    for reader in readers:
        reader.start()
    for reader in readers:
        await eventually(reader.has_heard)
    stopping = asyncio.Event()
    lives = [asyncio.create_task(reader.live_and_die(stopping)) for reader in readers]
    try:
        with running_load(stage.system, **describe_load(stage.system, site, pace)) as load:
            await disturb(stage, site, pace)
            await asyncio.to_thread(load.finish)
        await drain(stage.system)
        stopping.set()
        await asyncio.gather(*lives)
        return await judge_readers(stage, site, readers)
    finally:
        for life in lives:
            life.cancel()
        for reader in readers:
            reader.kill()


def describe_load(system: System, site: Site, pace: Pace) -> dict[str, Any]:
    return {
        "ports": [system.programs["redirector"].port],
        "host": site.host,
        "slugs": site.slugs,
        "connections": CONNECTIONS,
        "requests_per_s": pace.clicks_per_s,
        "max_requests": pace.clicks,
        "buyers": 0.0,
        "networks": 40,
        "addresses": 10,
    }


async def disturb(stage: Stage, site: Site, pace: Pace) -> None:
    """One disturbance after the other, each once its share of the clicks is stored; until there are enough events."""
    for share, disturbance in pace.plan:
        count = partial(count_events, stage.system, site, [EventKind.CLICKS_STORED])
        await eventually(count, partial(le, share * pace.clicks))
        await disturbance(stage)
    while (before := await count_events(stage.system, site, CLICK_KINDS)) < pace.events:
        await stage.judge_otherwise()
        await eventually(partial(count_events, stage.system, site, CLICK_KINDS), partial(lt, before))


async def count_events(system: System, site: Site, kinds: Sequence[EventKind]) -> int:
    """0 while nobody can tell."""
    try:
        connection = await system.open_database()
        try:
            count: int = await connection.fetchval(COUNT_EVENTS, site.account_id, kinds)
        finally:
            await connection.close()
    except TRANSIENT_ERRORS:
        return 0
    return count


async def judge_readers(stage: Stage, site: Site, readers: Sequence[Reader]) -> dict[str, Verdict]:
    """As soon as nobody has a problem, or once nobody hears anything any more. Clicks may still be judged otherwise."""
    silent_since, heard = time.monotonic(), 0
    async with asyncpg.create_pool(stage.system.postgres.url, min_size=0, max_size=1) as pool:
        while True:
            report, log = await read_report(stage.brand, site.zone), await read_log(pool, site.account_id)
            verdicts = {reader.name: judge(reader, log, report) for reader in readers}
            if not any(verdicts[reader.name].problems for reader in readers if not reader.is_mistaken):
                return verdicts
            if (now_heard := sum(reader.heard_bytes for reader in readers)) > heard:
                silent_since, heard = time.monotonic(), now_heard
            if time.monotonic() - silent_since > PATIENCE_S:
                return verdicts
            await asyncio.sleep(LOOK_EVERY_S)
