"""Monthly partitions: of click and dimension_click by id, which holds the time, of unique_click by day. Made ahead, or
when missed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import asyncpg

from tracking.clicks.ids import lower_bound
from tracking.faults import maybe_crash

MONTHS_AHEAD = 2
# Two makers at once would collide on the name; the second one waits and finds the work done.
_PARTITION_LOCK = 7_261_002
_UNIQUE_MARGIN = dt.timedelta(days=2)
# By their names, so that one is found too that was detached by somebody who was killed before it was dropped.
_LIST_PARTITIONS = """
    SELECT relname AS name, inhparent::regclass::text AS parent, inhdetachpending AS is_half_detached
    FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace AND nspname = 'public'
    LEFT JOIN pg_inherits ON inhrelid = pg_class.oid
    WHERE relkind = 'r' AND relname ~ '^(click|dimension_click|unique_click)_[0-9]{4}_[0-9]{2}$'
    ORDER BY 1
"""


async def make_partitions_ahead(pool: asyncpg.Pool, now: dt.datetime) -> list[str]:
    """Partitions from last month, where late clicks belong, to two months ahead. Returns the names of the new ones."""
    this_month = now.date().replace(day=1)
    months = [_add_months(this_month, offset) for offset in range(-1, MONTHS_AHEAD + 1)]
    return await make_partitions(pool, months)


async def make_partitions(pool: asyncpg.Pool, days: Iterable[dt.date]) -> list[str]:
    """Partitions for the months of these days, where they are missing. Returns the names of the new ones."""
    made: list[str] = []
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _PARTITION_LOCK)
        for month in sorted({day.replace(day=1) for day in days}):
            following = _add_months(month, 1)
            click_bounds = (str(lower_bound(_midnight(month))), str(lower_bound(_midnight(following))))
            day_bounds = (str(month), str(following))
            for parent, bounds in (
                ("click", click_bounds),
                ("dimension_click", click_bounds),
                ("unique_click", day_bounds),
            ):
                name = f"{parent}_{month:%Y_%m}"
                if await _attach(connection, parent, name, bounds):
                    made.append(name)
    return made


async def drop_partitions(connection: asyncpg.Connection, before: dt.datetime) -> list[str]:
    """Those of months that are over before this moment, with all their rows. Returns their names.

    Those of unique clicks go two days later: a visitor's day is that of any time zone. Nobody waits meanwhile who reads
    or stores other months, and a partition that is in use is left for the next time, with those of its table that come
    after it: only one can be on its way out. Not within a transaction.
    """
    dropped: list[str] = []
    busy: set[str | None] = set()
    for row in await connection.fetch(_LIST_PARTITIONS):
        name = row["name"]
        month = dt.datetime.strptime(name[-7:], "%Y_%m").replace(tzinfo=dt.UTC).date()
        margin = _UNIQUE_MARGIN if name.startswith("unique_click") else dt.timedelta()
        if _midnight(_add_months(month, 1)) + margin > before or row["parent"] in busy:
            continue
        try:
            await _drop(connection, row)
        except asyncpg.LockNotAvailableError:
            busy.add(row["parent"])
        else:
            dropped.append(name)
    return dropped


async def _drop(connection: asyncpg.Connection, partition: Mapping[str, Any]) -> None:
    """Dropped as it is, it would lock its parent, and all who store clicks with it.

    LockNotAvailableError asks for another time, when what was begun is ended.
    """
    name, parent = partition["name"], partition["parent"]
    await connection.execute("SET lock_timeout = '1s'")
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _PARTITION_LOCK)
        try:
            if parent is not None:
                how = "FINALIZE" if partition["is_half_detached"] else "CONCURRENTLY"
                await connection.execute(f"ALTER TABLE {parent} DETACH PARTITION {name} {how}")
                maybe_crash("after_detach")
            await connection.execute(f"DROP TABLE IF EXISTS {name}")
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _PARTITION_LOCK)
    finally:
        await connection.execute("RESET lock_timeout")


async def find_oldest_click_month(connection: asyncpg.Connection) -> dt.date | None:
    """The first day of the oldest month of which single clicks are kept."""
    name: str | None = await connection.fetchval(
        "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'click'::regclass"
    )
    return dt.datetime.strptime(name, "click_%Y_%m").replace(tzinfo=dt.UTC).date() if name else None


async def _attach(connection: asyncpg.Connection, parent: str, name: str, bounds: tuple[str, str]) -> bool:
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", name):
        return False
    # made apart and attached: CREATE TABLE … PARTITION OF would lock out every reader of the parent
    await connection.execute(f"CREATE TABLE {name} (LIKE {parent} INCLUDING ALL)")
    low, high = bounds
    await connection.execute(f"ALTER TABLE {parent} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')")
    return True


def _add_months(month: dt.date, count: int) -> dt.date:
    months = month.year * 12 + month.month - 1 + count
    return dt.date(months // 12, months % 12 + 1, 1)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)
