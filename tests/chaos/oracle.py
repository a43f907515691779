"""What must hold once everything has drained: every answered click is one row, counted once and announced once.

And every purchase is one conversion; see `tests.chaos.sales`.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tests.chaos.load import LoadResult
from tests.chaos.recount import count_wrong_cells, count_wrong_uniques
from tests.chaos.sales import SalesFindings, examine_sales
from tests.chaos.site import Site
from tests.chaos.tokens import read_click_id
from tests.e2e.system import System
from tests.waiting import DEADLINE_S, eventually
from tracking.conversions.kinds import Status
from tracking.database import TRANSIENT_ERRORS
from tracking.events.outbox import EventKind
from tracking.reports.audit import audit
from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM
from worker.click_stream import RECLAIM_IDLE_MS

UNREACHABLE: Final = {"unreachable": 1}
_OUTAGES: Final[tuple[type[BaseException], ...]] = (*TRANSIENT_ERRORS, RedisError)
_LEFT_TO_JOBS: Final = {"unwatched", "unfollowed", "uncounted", "waiting"}
# What waits for ever, since nobody means to look at it again, is no leftover but a finding.
_LEFT_IN_DATABASE: Final = f"""
    SELECT (SELECT count(*) FROM rollup_delta) AS deltas, (SELECT count(*) FROM outcome_delta) AS outcome_deltas,
        (SELECT count(*) FROM event_outbox) AS outbox,
        newest.position - (SELECT position FROM behaviour_state) AS unwatched,
        newest.position - (SELECT position FROM conversion_follower) AS unfollowed,
        newest.position - (SELECT position FROM dimension_state) AS uncounted,
        (SELECT count(*) FROM conversion WHERE status = {Status.WAITING:d} AND recheck_at IS NOT NULL) AS waiting
    FROM (SELECT coalesce(max(position), 0) AS position FROM event_log) AS newest
"""


@dataclass(frozen=True)
class Findings:
    """Figures of one run. All but the first six must be 0."""

    sales: SalesFindings
    accepted: int  # clicks answered with an id
    stored: int
    extra: int  # stored, though nobody heard the answer: no more than requests without one
    crashes: int
    drain_s: float
    lost: int  # answered with an id, and not stored
    lost_crawlers: int  # answered without one, and not stored
    doubled: int  # announced more than once
    unannounced: int  # stored, and in no event
    wrong_cells: int  # counters of rollups that a recount contradicts
    wrong_uniques: int  # unique rows that a recount contradicts
    audit_differences: int  # what the product's own audit finds
    unexplained: int  # stored beyond what anybody can have sent
    without_id: int  # people who were sent on without a click id
    gave_up: int  # requests without an answer for 30 s
    refused: int  # answers that are no redirect
    dead: int  # clicks in the dead letter

    @property
    def problems(self) -> list[str]:
        own = [f"{getattr(self, field.name)} {field.name}" for field in fields(self)[6:] if getattr(self, field.name)]
        return own + self.sales.problems


async def drain(system: System) -> float:
    """Wait until nothing is on its way any more. Returns the seconds it took.

    AssertionError 30 s after what a worker left lying would be another's (docs/reliability.md, "A worker").
    """
    started_at = time.monotonic()
    try:
        await eventually(
            lambda: _find_leftovers(system),
            lambda leftovers: not leftovers,
            deadline_s=RECLAIM_IDLE_MS / 1_000 + DEADLINE_S,
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{system.describe()}") from None
    return time.monotonic() - started_at


async def examine(system: System, site: Site, load: LoadResult, drain_s: float) -> Findings:
    async with asyncpg.create_pool(system.postgres.url, min_size=0, max_size=1) as pool:
        rows = await pool.fetch("SELECT id FROM click WHERE account_id = $1", site.account_id)
        stored = {row["id"] for row in rows}
        announced = await _read_announced(pool, site)
        wrong_cells = await count_wrong_cells(pool, site)
        wrong_uniques = await count_wrong_uniques(pool, site)
        report = await audit(pool, site.account_id)
        sales = await examine_sales(pool, site, load)
    accepted = {read_click_id(token) for token in load.tokens}
    beyond = len(stored - accepted) - load.plain  # crawlers are stored and get no id
    return Findings(
        sales=sales,
        accepted=len(accepted),
        stored=len(stored),
        extra=max(beyond, 0),
        crashes=sum(program.deaths for program in system.programs.values()),
        drain_s=drain_s,
        lost=len(accepted - stored),
        lost_crawlers=max(-beyond, 0),
        doubled=sum(count - 1 for count in announced.values()),
        unannounced=len(stored - announced.keys()),
        wrong_cells=wrong_cells,
        wrong_uniques=wrong_uniques,
        audit_differences=len(report.differences),
        unexplained=max(beyond - load.unanswered - load.without_id, 0),
        without_id=load.without_id,
        gave_up=load.gave_up,
        refused=sum(load.other.values()),
        dead=await _count_dead(system),
    )


async def _read_announced(pool: asyncpg.Pool, site: Site) -> Counter[UUID]:
    rows: Iterable[asyncpg.Record] = await pool.fetch(
        "SELECT unnest(ids) AS id FROM event_log WHERE account_id = $1 AND kind = $2",
        site.account_id,
        EventKind.CLICKS_STORED,
    )
    return Counter(row["id"] for row in rows)


async def _find_leftovers(system: System) -> dict[str, int]:
    """What is still on its way, by where it is. Programs that died by themselves meanwhile are started again."""
    system.revive()
    spooled = sum(path.is_file() for path in system.spool.rglob("*"))
    try:
        left = {"spooled": spooled, **await _count_in_stream(system), **await _count_in_database(system)}
    except _OUTAGES:
        return UNREACHABLE
    return {place: count for place, count in left.items() if count}


async def _count_in_stream(system: System) -> dict[str, int]:
    queued, pending = 0, 0
    for url in system.stream_urls:
        async with redis.asyncio.Redis.from_url(url) as client:
            if await client.exists(CLICK_STREAM):
                groups: list[dict[str, Any]] = await client.xinfo_groups(CLICK_STREAM)
                pending += sum(group["pending"] for group in groups if group["name"] == CLICK_GROUP.encode())
                queued += await client.xlen(CLICK_STREAM)
    return {"in the stream": queued, "pending": pending}


async def _count_in_database(system: System) -> dict[str, int]:
    """Who follows the event log has caught up, as far as anybody runs who does."""
    connection = await system.open_database()
    try:
        row = await connection.fetchrow(_LEFT_IN_DATABASE)
    finally:
        await connection.close()
    left = dict(row)
    if not any(name.startswith("jobs") for name in system.programs):
        left = {place: count for place, count in left.items() if place not in _LEFT_TO_JOBS}
    return left


async def _count_dead(system: System) -> int:
    count = 0
    for url in system.stream_urls:
        async with redis.asyncio.Redis.from_url(url) as client:
            count += await client.xlen(DEAD_CLICK_STREAM)
    return count
