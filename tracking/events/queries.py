"""Reads of the event log. A place in it is a position and how many of that event's ids were told (rule 13)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clock import utc_now
from tracking.events.outbox import EventKind

ALL_OF_IT: Final = 2**31 - 1

# One statement sees one state of the log: what it does not see has a later position than the newest that it sees.
_READ: Final = """
    SELECT first.position AS first, first.logged_at AS first_at, last.position AS last, last.created_at AS last_at,
        event.position, event.kind, event.ids, event.created_at, event.logged_at
    FROM (SELECT) AS always
    LEFT JOIN LATERAL (SELECT position, logged_at FROM event_log ORDER BY position LIMIT 1) AS first ON true
    LEFT JOIN LATERAL (SELECT position, created_at FROM event_log ORDER BY position DESC LIMIT 1) AS last ON true
    LEFT JOIN LATERAL (
        SELECT position, kind, ids, created_at, logged_at FROM event_log WHERE account_id = $1 AND position >= $2
            AND (position > $2 OR cardinality(ids) > $3::bigint) AND kind = ANY ($5::smallint[])
        ORDER BY position LIMIT $4
    ) AS event ON true
    ORDER BY event.position
"""


class Place(NamedTuple):
    """After `told` ids of the event at `position`, which happened at `at`: what a cursor holds."""

    position: int
    told: int
    at: dt.datetime


class LoggedEvent(NamedTuple):
    position: int
    kind: EventKind
    ids: list[UUID]
    created_at: dt.datetime
    logged_at: dt.datetime

    @property
    def end(self) -> Place:
        return Place(self.position, ALL_OF_IT, self.created_at)


class LogBounds(NamedTuple):
    """What the log still holds of everybody's events. `last` is the newest position that was ever given out."""

    first: int
    last: int
    first_at: dt.datetime

    @property
    def beginning(self) -> Place:
        """Before everything that is left."""
        return Place(self.first - 1, ALL_OF_IT, self.first_at)


class LogPage(NamedTuple):
    """Events after a place, in order. Whoever told them stands at `end`; `is_last` when nothing more was there."""

    events: list[LoggedEvent]
    end: Place
    is_last: bool
    lost_until: Place | None  # events after the place were deleted before they were read, up to here


async def read_page(
    pool: asyncpg.Pool, account_id: int, kinds: Sequence[EventKind], after: Place, limit: int
) -> LogPage:
    """The next of these kinds about an account, in the order of the log; of the one at `after`, what was not told.

    `end` is beyond what others told in the log: a reader who has nothing to tell does not grow old.
    """
    rows = await pool.fetch(_READ, account_id, after.position, after.told, limit, kinds)
    bounds = rows[0]
    events = [
        LoggedEvent(row["position"], EventKind(row["kind"]), row["ids"], row["created_at"], row["logged_at"])
        for row in rows
        if row["position"] is not None
    ]
    lost_until = None
    if bounds["first"] is not None and after.position < bounds["first"] - 1:
        lost_until = Place(bounds["first"] - 1, ALL_OF_IT, bounds["first_at"])
    if len(events) == limit:
        return LogPage(events, events[-1].end, False, lost_until)
    end = after if bounds["last"] is None else max(after, Place(bounds["last"], ALL_OF_IT, bounds["last_at"]))
    return LogPage(events, end, True, lost_until)


async def read_bounds(pool: asyncpg.Pool) -> LogBounds:
    """Positions are given out by a sequence, which forgets nothing when old events are deleted."""
    row = await pool.fetchrow(
        "SELECT (SELECT position FROM event_log ORDER BY position LIMIT 1) AS first,"
        " (SELECT logged_at FROM event_log ORDER BY position LIMIT 1) AS first_at,"
        " coalesce(pg_sequence_last_value(pg_get_serial_sequence('event_log', 'position')), 0) AS last"
    )
    first = row["last"] + 1 if row["first"] is None else row["first"]
    return LogBounds(first, row["last"], row["first_at"] or utc_now())


async def is_known(pool: asyncpg.Pool, place: Place) -> bool:
    """False for a place in another log than this one: beyond its end, or at an event of another moment.

    After a backup was restored, positions are given out a second time.
    """
    row = await pool.fetchrow(
        "SELECT (SELECT ARRAY[created_at, logged_at] FROM event_log WHERE position = $1) AS moments,"
        " coalesce(pg_sequence_last_value(pg_get_serial_sequence('event_log', 'position')), 0) AS last",
        place.position,
    )
    # The first cursors that were given out hold when it was logged.
    return place.position <= row["last"] and (row["moments"] is None or place.at in row["moments"])


async def find_last_place(pool: asyncpg.Pool) -> Place:
    """Where a reader starts who wants only what comes from now on: after the newest event of anybody that is visible.

    One relay gives out positions and commits them in order, so that nothing appears before it later.
    """
    row = await pool.fetchrow("SELECT position, created_at FROM event_log ORDER BY position DESC LIMIT 1")
    return _after(row) if row else (await read_bounds(pool)).beginning


async def find_place_at(pool: asyncpg.Pool, moment: dt.datetime) -> Place | None:
    """After the last event that was logged before this moment; None when none is left."""
    row = await pool.fetchrow(
        "SELECT position, created_at FROM event_log WHERE logged_at < $1 ORDER BY logged_at DESC LIMIT 1", moment
    )
    return _after(row) if row else None


def _after(row: asyncpg.Record) -> Place:
    return Place(row["position"], ALL_OF_IT, row["created_at"])
