"""Reads of the event log for webhooks: rows of some accounts until so many things are named in them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.events.outbox import EventKind
from tracking.events.payloads.describing import LogRow
from tracking.events.types import STRIDES, TYPE_OF_KIND

_ROWS_AT_ONCE: Final = 2_000
_READ: Final = f"""
    SELECT account_id, position, kind, ids, entity_ids, created_at, logged_at
    FROM (
        SELECT position, sum(named) OVER (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM (
            SELECT position, cardinality(ids) + cardinality(entity_ids) AS named FROM event_log
            WHERE position > $1 AND position <= $2 AND account_id = ANY ($3::bigint[]) AND kind = ANY ($4::smallint[])
            ORDER BY position LIMIT {_ROWS_AT_ONCE}
        ) AS event
    ) AS event
    JOIN event_log USING (position)
    WHERE coalesce(before, 0) < $5 ORDER BY position
"""


class Progress(NamedTuple):
    """All events up to `position` are queued, and of the one right after it so many ids."""

    position: int
    told: int = 0


class News(NamedTuple):
    """What to tell next, by account in the order of the log, and how far one is then."""

    rows: dict[int, list[LogRow]]
    progress: Progress


async def read_news(
    connection: asyncpg.Connection, account_ids: Sequence[int], after: Progress, until: int, most: int
) -> News:
    """Events of these accounts up to the position `until`: as many ids as `most`, or a few more."""
    kinds = list(TYPE_OF_KIND)
    found = await connection.fetch(_READ, after.position, until, list(account_ids), kinds, most + after.told)
    rows: dict[int, list[LogRow]] = {}
    room = most
    for account_id, *columns in found:
        row, until_ordinal = _cut(LogRow(*columns)._replace(kind=EventKind(columns[1])), after, room)
        rows.setdefault(account_id, []).append(row)
        room -= until_ordinal - row.told
        if until_ordinal < len(row.named):
            return News(rows, Progress(row.position - 1, until_ordinal))
        if room <= 0:
            return News(rows, Progress(row.position))
    is_all = len(found) < _ROWS_AT_ONCE
    return News(rows, Progress(until if is_all else found[-1]["position"]))


def _cut(row: LogRow, after: Progress, room: int) -> tuple[LogRow, int]:
    """What of it is told now, and where that ends."""
    told = after.told if row.position == after.position + 1 else 0
    until = min(told + room * STRIDES.get(row.kind, 1), len(row.named))
    return row._replace(told=told, until=until), until
