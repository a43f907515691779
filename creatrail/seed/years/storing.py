"""Stores the years, a week in a transaction: clicks by COPY, then who is unique and what is counted, in SQL.

What is stored of such a stretch is noted in the same transaction, so that a seed that was killed goes on after it. No
event tells of these clicks: whoever follows the log is told of what happens from now on, and these happened before.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from creatrail.seed.years.clicks import Crowd, Record
from creatrail.seed.years.plan import Cell
from tracking.clicks.ids import lower_bound
from tracking.clicks.partitions import make_partitions
from tracking.clicks.prepare import CLICK_COLUMNS, LINK_DAY
from tracking.clicks.uniques import UNIQUE_COLUMNS
from tracking.clicks.zones import fix_zones, read_zones
from tracking.dimensions.counting import Span, count_range, wait_to_count
from tracking.dimensions.kinds import COUNTED_AS, HELD, write_counters
from tracking.reports.buckets import find_day_start, find_hour_after
from tracking.reports.deltas import DELTA_KEYS
from tracking.reports.scopes import COUNTERS

DAYS_AT_ONCE: Final = 7
STATEMENT_TIMEOUT_S: Final = 1_800

_DAY: Final = dt.timedelta(days=1)
_INSTANT: Final = dt.timedelta(milliseconds=1)
_AT_LENGTH: Final = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off"
_PATIENTLY: Final = "SET LOCAL lock_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
_STRETCH: Final = "account_id = $1 AND id >= $2 AND id < $3"
_ELECT: Final = f"""
    INSERT INTO unique_click ({", ".join(UNIQUE_COLUMNS)})
    SELECT DISTINCT ON (visitor_day, link_id, visitor_key)
        visitor_day, {LINK_DAY}, link_id, visitor_key, account_id, id
    FROM click WHERE {_STRETCH} AND is_counted ORDER BY visitor_day, link_id, visitor_key, id
"""
_MADE_KEYS: Final = ("hour_at", "day_at")
_LABELS: Final = ", ".join(key for key in DELTA_KEYS if key not in _MADE_KEYS)
_COUNTS: Final = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in write_counters().values())
# $4 are the hours of the stretch and $5 the day of each.
_COUNT: Final = f"""
    INSERT INTO rollup_delta ({_LABELS}, {", ".join((*_MADE_KEYS, *COUNTERS))})
    SELECT {_LABELS}, ($4::timestamptz[])[hour], ($5::timestamptz[])[hour], {_COUNTS}
    FROM (
        SELECT click.*, width_bucket(occurred_at, $4::timestamptz[]) AS hour, {COUNTED_AS} AS counted_as
        FROM click LEFT JOIN unique_click AS held ON {HELD}
            AND held.account_id = $1 AND held.day >= $6 AND held.day < $7
        WHERE click.account_id = $1 AND click.id >= $2 AND click.id < $3
    ) AS judged
    GROUP BY {_LABELS}, hour
"""
_NOTE: Final = "UPDATE idempotent_request SET result_ids = array_append(result_ids, $2) WHERE id = $1"


class Stretch(NamedTuple):
    """Days of the account, from the first to before the last, and what comes on each."""

    number: int
    first: dt.date
    until: dt.date
    cells: Sequence[Sequence[Cell]]


def cut_stretches(first: dt.date, days: Sequence[Sequence[Cell]]) -> Iterator[Stretch]:
    for number, start in enumerate(range(0, len(days), DAYS_AT_ONCE)):
        cells = days[start : start + DAYS_AT_ONCE]
        yield Stretch(number, first + start * _DAY, first + (start + len(cells)) * _DAY, cells)


class Archivist:
    """Stores stretches of an account's clicks, each once."""

    def __init__(self, pool: asyncpg.Pool, account_id: int, zone: ZoneInfo, request_id: int, crowd: Crowd) -> None:
        self._pool = pool
        self._account_id = account_id
        self._zone = zone
        self._request_id = request_id
        self._crowd = crowd

    async def prepare(self) -> None:
        """Once, before any click: their zone stays from now on, and no stretch waits for another to see to that."""
        zones = await read_zones(self._pool, [self._account_id])
        async with self._pool.acquire() as connection, connection.transaction():
            await fix_zones(connection, zones, [self._account_id])

    async def store(self, stretch: Stretch, report_stored: Callable[[int], None]) -> None:
        await make_partitions(self._pool, (stretch.first + _DAY * n for n in range(-1, DAYS_AT_ONCE + 1)))
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_PATIENTLY)
            await connection.copy_records_to_table(
                "click",
                records=self._make_rows(stretch, report_stored),
                columns=CLICK_COLUMNS,
                timeout=STATEMENT_TIMEOUT_S,
            )
            await self._count(connection, stretch)
            await self._count_traits(connection, stretch)
            await connection.execute(_NOTE, self._request_id, stretch.number)

    def _make_rows(self, stretch: Stretch, report_stored: Callable[[int], None]) -> Iterator[Record]:
        for number, cells in enumerate(stretch.cells):
            rows = self._crowd.make_rows(stretch.first + number * _DAY, cells)
            yield from rows
            report_stored(len(rows))

    async def _count(self, connection: asyncpg.Connection, stretch: Stretch) -> None:
        first_at, until = (find_day_start(day, self._zone) for day in (stretch.first, stretch.until))
        bounds = (self._account_id, lower_bound(first_at), lower_bound(until))
        hours = list(_list_hours(first_at, until, self._zone))
        days = [find_day_start(hour_at.astimezone(self._zone).date(), self._zone) for hour_at in hours]
        await connection.execute(_AT_LENGTH)
        await connection.execute(_ELECT, *bounds, timeout=STATEMENT_TIMEOUT_S)
        await connection.execute(
            _COUNT, *bounds, hours, days, stretch.first, stretch.until, timeout=STATEMENT_TIMEOUT_S
        )

    async def _count_traits(self, connection: asyncpg.Connection, stretch: Stretch) -> None:
        """Last, as nobody else counts them until this transaction is over."""
        first_at, until = (find_day_start(day, self._zone) for day in (stretch.first, stretch.until))
        span = Span(self._account_id, self._zone, first_at, until - _INSTANT)
        await connection.execute("SET LOCAL enable_nestloop = on")
        await wait_to_count(connection)
        await count_range(connection, span, lower_bound(first_at), lower_bound(until))


def _list_hours(first_at: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> Iterator[dt.datetime]:
    while first_at < until:
        yield first_at
        first_at = find_hour_after(first_at, zone)
