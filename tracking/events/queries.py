"""Reads of the event log. A place in it is a position and how many of that event's ids were told (rule 13)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clock import utc_now
from tracking.events.outbox import EventKind

ALL_OF_IT: Final = 2**31 - 1


class Place(NamedTuple):
    """After `told` ids of the event at `position`, which was logged at `at`: what a cursor holds."""

    position: int
    told: int
    at: dt.datetime


class LoggedEvent(NamedTuple):
    position: int
    kind: EventKind
    ids: list[UUID]
    logged_at: dt.datetime


class LogBounds(NamedTuple):
    """What the log still holds of everybody's events. `last` is the newest position that was ever given out."""

    first: int
    last: int
    first_at: dt.datetime

    @property
    def beginning(self) -> Place:
        """Before everything that is left."""
        return Place(self.first - 1, ALL_OF_IT, self.first_at)


async def read_events(
    pool: asyncpg.Pool, account_id: int, kinds: Sequence[EventKind], after: Place, limit: int
) -> list[LoggedEvent]:
    """The next of these kinds about an account, in the order of the log; of the one at `after`, what was not told."""
    rows = await pool.fetch(
        "SELECT position, kind, ids, logged_at FROM event_log WHERE account_id = $1 AND position >= $2"
        " AND (position > $2 OR cardinality(ids) > $3::bigint) AND kind = ANY ($5::smallint[])"
        " ORDER BY position LIMIT $4",
        account_id,
        after.position,
        after.told,
        limit,
        kinds,
    )
    return [LoggedEvent(row["position"], EventKind(row["kind"]), row["ids"], row["logged_at"]) for row in rows]


async def read_bounds(pool: asyncpg.Pool) -> LogBounds:
    """Positions are given out by a sequence, which forgets nothing when old events are deleted."""
    row = await pool.fetchrow(
        "SELECT (SELECT position FROM event_log ORDER BY position LIMIT 1) AS first,"
        " (SELECT logged_at FROM event_log ORDER BY position LIMIT 1) AS first_at,"
        " coalesce(pg_sequence_last_value(pg_get_serial_sequence('event_log', 'position')), 0) AS last"
    )
    first = row["last"] + 1 if row["first"] is None else row["first"]
    return LogBounds(first, row["last"], row["first_at"] or utc_now())


async def find_last_place(pool: asyncpg.Pool) -> Place:
    """Where a reader starts who wants only what comes from now on: after the newest event of anybody that is visible.

    One relay gives out positions and commits them in order, so that nothing appears before it later.
    """
    row = await pool.fetchrow("SELECT position, logged_at FROM event_log ORDER BY position DESC LIMIT 1")
    return _after(row) if row else (await read_bounds(pool)).beginning


async def find_place_at(pool: asyncpg.Pool, moment: dt.datetime) -> Place | None:
    """After the last event that was logged before this moment; None when none is left."""
    row = await pool.fetchrow(
        "SELECT position, logged_at FROM event_log WHERE logged_at < $1 ORDER BY logged_at DESC LIMIT 1", moment
    )
    return _after(row) if row else None


def _after(row: asyncpg.Record) -> Place:
    return Place(row["position"], ALL_OF_IT, row["logged_at"])
