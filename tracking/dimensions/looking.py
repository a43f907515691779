"""Looks at all clicks that are stored, whatever was told of them: after a gap, after COPY, and to make counts anew."""

import datetime as dt
from collections.abc import Iterator
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.ids import lower_bound, read_click_time
from tracking.clicks.partitions import make_partitions
from tracking.clicks.retention import read_kept_from
from tracking.dimensions.counting import LOOK_TIMEOUT_S, Span, count_range, wait_to_count
from tracking.faults import maybe_crash

DAYS_AT_ONCE: Final = 7

_INSTANT: Final = dt.timedelta(milliseconds=1)
_ACCOUNTS: Final = "SELECT id FROM account ORDER BY id"
_ZONE: Final = "SELECT timezone FROM account WHERE id = $1"
_FIRST: Final = "SELECT id FROM click WHERE account_id = $1 ORDER BY id LIMIT 1"
_LAST: Final = "SELECT id FROM click WHERE account_id = $1 ORDER BY id DESC LIMIT 1"
_FORGET_COUNTS: Final = "DELETE FROM dimension_rollup WHERE account_id = $1 AND day_at >= $2"
_FORGET_CLICKS: Final = """
    DELETE FROM dimension_click USING click
    WHERE click.id = click_id AND click.account_id = $1 AND click.id >= $2 AND click_id >= $2
"""


async def look_at_all(pool: asyncpg.Pool) -> None:
    """Count of every click of every account what is not counted yet."""
    for row in await pool.fetch(_ACCOUNTS):
        await look_at_account(pool, row["id"])


async def look_at_account(pool: asyncpg.Pool, account_id: int) -> None:
    """A week of clicks in each transaction. Killed half-way, it is as far as it came; a second look adds nothing."""
    zone = await pool.fetchval(_ZONE, account_id)
    first = await pool.fetchval(_FIRST, account_id, timeout=LOOK_TIMEOUT_S)
    last = await pool.fetchval(_LAST, account_id, timeout=LOOK_TIMEOUT_S)
    if zone is None or first is None:
        return
    for span in _cut(Span(account_id, ZoneInfo(zone), read_click_time(first), read_click_time(last))):
        await make_partitions(pool, {span.first_at.date(), span.last_at.date()})
        bounds = lower_bound(span.first_at), lower_bound(span.last_at + _INSTANT)
        async with pool.acquire() as connection, connection.transaction():
            await wait_to_count(connection)
            await count_range(connection, span, *bounds)
            maybe_crash("after_look")


async def rebuild_dimensions(pool: asyncpg.Pool, account_id: int) -> None:
    """Count an account anew from the clicks that are stored. Days whose clicks are gone keep what was counted of them.

    After clicks were stored by COPY, and where the audit finds a difference. Killed half-way, it is called again.
    """
    async with pool.acquire() as connection, connection.transaction():
        await wait_to_count(connection)
        kept_from = await read_kept_from(connection, account_id) or dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        await connection.execute(_FORGET_COUNTS, account_id, kept_from, timeout=LOOK_TIMEOUT_S)
        first_id: UUID = lower_bound(kept_from)
        await connection.execute(_FORGET_CLICKS, account_id, first_id, timeout=LOOK_TIMEOUT_S)
    maybe_crash("after_forgetting_dimensions")
    await look_at_account(pool, account_id)


def _cut(span: Span) -> Iterator[Span]:
    first_at = span.first_at
    while first_at <= span.last_at:
        last_at = min(first_at + dt.timedelta(days=DAYS_AT_ONCE) - _INSTANT, span.last_at)
        yield span._replace(first_at=first_at, last_at=last_at)
        first_at = last_at + _INSTANT
