"""Single clicks go when their account has kept them for long enough; what was counted of them stays (TR23).

From when on an account's clicks are complete is written down before the first of them goes, and never moves back: an
audit recounts what is later, and whoever was killed half-way goes on where he was.
"""

import datetime as dt
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.accounts.rules import DAYS_BEYOND_WINDOW
from tracking.clicks.ids import lower_bound
from tracking.clicks.partitions import drop_partitions
from tracking.clicks.prepare import FOR_EVER, LINK_DAY
from tracking.faults import maybe_crash
from tracking.reports.buckets import find_day_start

CLICKS_AT_ONCE: Final = 2_000
ROWS_AT_ONCE: Final = 5_000

RETENTION_LOCK: Final = 7_261_008
_ACCOUNTS: Final = "SELECT id, timezone, retention_days, attribution_window_s FROM account ORDER BY id"
_KEEP_FROM: Final = """
    INSERT INTO click_retention AS known (account_id, kept_from) SELECT * FROM unnest($1::bigint[], $2::timestamptz[])
    ON CONFLICT (account_id) DO UPDATE SET kept_from = excluded.kept_from WHERE known.kept_from < excluded.kept_from
"""
_READ_KEPT: Final = (
    "SELECT account_id, kept_from FROM click_retention JOIN account ON account.id = account_id ORDER BY 1"
)
_NEXT: Final = "SELECT id FROM click WHERE account_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4"
# Unique rows in the order of their keys, then clicks in that of their ids, as everybody locks them (rule 6). Those of
# a message stay for ever: that a contact has clicked it is what the next click is counted by.
_LOCK_UNIQUES: Final = f"""
    SELECT FROM unique_click AS held JOIN click ON held.day = click.visitor_day AND held.subject = {LINK_DAY}
        AND held.subject_id = click.link_id AND held.visitor_key = click.visitor_key AND held.day <> DATE '{FOR_EVER}'
    WHERE click.id = ANY ($1) ORDER BY held.day, held.subject, held.subject_id, held.visitor_key
    FOR UPDATE OF held
"""
_BY_INDEX: Final = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
_LOCK_CLICKS: Final = "SELECT FROM click WHERE id = ANY ($1) ORDER BY id FOR UPDATE"
_DELETE_UNIQUES: Final = f"""
    DELETE FROM unique_click AS held USING click
    WHERE click.id = ANY ($1) AND held.click_id = click.id AND held.day = click.visitor_day
        AND held.subject = {LINK_DAY} AND held.subject_id = click.link_id AND held.visitor_key = click.visitor_key
"""
# dimension_click goes with them too, but by partitions of its own.
_ABOUT_CLICKS: Final = ("click_label", "click_confirmation", "reclassification_log")


class Expired(NamedTuple):
    clicks: int
    partitions: list[str]


async def expire_clicks(pool: asyncpg.Pool, now: dt.datetime) -> Expired:
    """Delete what every account has kept for long enough, in short transactions; one at a time does so."""
    async with pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", RETENTION_LOCK):
            return Expired(0, [])
        try:
            return await _expire(connection, now)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", RETENTION_LOCK)


def find_kept_from(now: dt.datetime, zone: ZoneInfo, *, retention_days: int, window_s: int) -> dt.datetime:
    """The start of the account's day in which the oldest clicks are that it keeps.

    Whole days, so that whole hours can be recounted; and never less than what may still be attributed to.
    """
    window_days = -(-window_s // 86_400)
    days = max(retention_days, window_days + DAYS_BEYOND_WINDOW)
    return find_day_start((now - dt.timedelta(days=days)).astimezone(zone).date(), zone)


async def read_kept_from(connection: asyncpg.Connection, account_id: int) -> dt.datetime | None:
    """From when on the account's clicks are complete; None: none was deleted for its age."""
    kept_from: dt.datetime | None = await connection.fetchval(
        "SELECT kept_from FROM click_retention WHERE account_id = $1", account_id
    )
    return kept_from


async def _expire(connection: asyncpg.Connection, now: dt.datetime) -> Expired:
    rows = await connection.fetch(_ACCOUNTS)
    wanted = [
        find_kept_from(
            now, ZoneInfo(row["timezone"]), retention_days=row["retention_days"], window_s=row["attribution_window_s"]
        )
        for row in rows
    ]
    await connection.execute(_KEEP_FROM, [row["id"] for row in rows], wanted)
    maybe_crash("after_keeping_from")
    kept = await connection.fetch(_READ_KEPT)
    if not kept:
        return Expired(0, [])
    oldest = min(row["kept_from"] for row in kept)
    dropped = await drop_partitions(connection, oldest)
    maybe_crash("after_partitions")
    deleted = 0
    for row in kept:
        deleted += await _delete_clicks(connection, row["account_id"], row["kept_from"])
    await _delete_what_is_about(connection, oldest)
    return Expired(deleted, dropped)


async def _delete_clicks(connection: asyncpg.Connection, account_id: int, kept_from: dt.datetime) -> int:
    deleted = 0
    last = UUID(int=0)  # rows that are gone are not looked through again and again
    while batch := await connection.fetch(_NEXT, account_id, last, lower_bound(kept_from), CLICKS_AT_ONCE):
        ids = [row["id"] for row in batch]
        async with connection.transaction():
            await connection.execute(_BY_INDEX)
            await connection.execute(_LOCK_UNIQUES, ids)
            await connection.execute(_LOCK_CLICKS, ids)
            await connection.execute(_DELETE_UNIQUES, ids)
            for table in (*_ABOUT_CLICKS, "dimension_click"):
                await connection.execute(f"DELETE FROM {table} WHERE click_id = ANY ($1)", ids)
            await connection.execute("DELETE FROM click WHERE id = ANY ($1)", ids)
            maybe_crash("before_expiry_commit")
        deleted += len(ids)
        last = ids[-1]
    return deleted


async def _delete_what_is_about(connection: asyncpg.Connection, before: dt.datetime) -> None:
    """What was noted of clicks that went with their partitions, now or when somebody was killed afterwards."""
    for table in _ABOUT_CLICKS:
        deleted = ROWS_AT_ONCE
        while deleted == ROWS_AT_ONCE:
            status: str = await connection.execute(
                f"""
                DELETE FROM {table} WHERE ctid = ANY (ARRAY(
                    SELECT ctid FROM {table} WHERE click_id < $1 LIMIT {ROWS_AT_ONCE}
                ))
                """,
                lower_bound(before),
            )
            deleted = int(status.rpartition(" ")[2])
