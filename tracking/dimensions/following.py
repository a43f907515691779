"""Follows the event log and counts what it tells of (rule 13): new clicks, those judged anew, uniques that moved.

The position is left behind in the transaction that counts, so nothing is skipped, and what is read again adds nothing.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from tracking.clicks.ids import read_click_time
from tracking.clicks.partitions import make_partitions
from tracking.dimensions.counting import Span, count_clicks, try_to_count
from tracking.dimensions.looking import look_at_all
from tracking.events.outbox import CLICK_KINDS
from tracking.faults import maybe_crash

EVENTS_AT_ONCE: Final = 10_000
CLICKS_AT_ONCE: Final = 20_000

_POSITION: Final = "SELECT position FROM dimension_state"
_ADVANCE: Final = "UPDATE dimension_state SET position = $1 WHERE position < $1"
# Events until so many ids were told of; of the first one all, however many those are.
_EVENTS: Final = """
    SELECT position, account_id, CASE WHEN kind = ANY ($4::smallint[]) THEN ids ELSE '{}' END AS ids
    FROM (
        SELECT position, sum(told) OVER (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM (
            SELECT position, cardinality(ids) AS told FROM event_log WHERE position > $1 ORDER BY position LIMIT $2
        ) AS event
    ) AS event
    JOIN event_log USING (position)
    WHERE coalesce(before, 0) < $3 ORDER BY position
"""
_FIRST: Final = "SELECT position FROM event_log ORDER BY position LIMIT 1"
_ZONES: Final = "SELECT id, timezone FROM account WHERE id = ANY ($1)"

log = structlog.get_logger()


class _News(NamedTuple):
    position: int
    clicks: list[UUID]
    accounts: dict[int, list[UUID]]  # whose clicks they are


async def follow_once(pool: asyncpg.Pool) -> int | None:
    """Count what the next events tell of. Answers with how many there were by position, or None while another counts.

    Events that are gone before they were followed are a gap: then all clicks are looked at.
    """
    try:
        return await _follow_once(pool)
    except asyncpg.CheckViolationError as error:
        if "no partition of relation" not in str(error):
            raise
        before = await pool.fetchval(_POSITION)
        async with pool.acquire() as connection:
            news = await _read_news(connection, before)
        await make_partitions(pool, {read_click_time(click_id).date() for click_id in news.clicks})
        return await _follow_once(pool)


async def follow_all(pool: asyncpg.Pool) -> None:
    """Until the log has no more; for seeds, benches and tests."""
    while await follow_once(pool):
        pass


async def _follow_once(pool: asyncpg.Pool) -> int | None:
    async with pool.acquire() as connection, connection.transaction():
        if not await try_to_count(connection):
            return None
        before: int = await connection.fetchval(_POSITION)
        first = await connection.fetchval(_FIRST)
        if first is None or first <= before + 1:
            return await _follow(connection, before)
    log.warning("events are gone, all clicks are looked at for dimensions", after=before, until=first)
    await look_at_all(pool)
    await pool.execute(_ADVANCE, first - 1)
    return int(first - 1 - before)


async def _follow(connection: asyncpg.Connection, before: int) -> int:
    news = await _read_news(connection, before)
    if news.clicks:
        await count_clicks(connection, await _find_spans(connection, news), news.clicks)
        maybe_crash("after_dimensions")
    if news.position > before:
        await connection.execute(_ADVANCE, news.position)
        maybe_crash("before_dimensions_commit")
    return news.position - before


async def _read_news(connection: asyncpg.Connection, after: int) -> _News:
    position, accounts = after, dict[int, list[UUID]]()
    for row in await connection.fetch(_EVENTS, after, EVENTS_AT_ONCE, CLICKS_AT_ONCE, CLICK_KINDS):
        position = row["position"]
        if row["ids"]:
            accounts.setdefault(row["account_id"], []).extend(row["ids"])
    return _News(position, list({click_id for ids in accounts.values() for click_id in ids}), accounts)


async def _find_spans(connection: asyncpg.Connection, news: _News) -> Iterable[Span]:
    return [
        Span(
            row["id"],
            ZoneInfo(row["timezone"]),
            read_click_time(min(news.accounts[row["id"]])),
            read_click_time(max(news.accounts[row["id"]])),
        )
        for row in await connection.fetch(_ZONES, list(news.accounts))
    ]
