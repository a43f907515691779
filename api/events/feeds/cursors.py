"""Cursors of streams, and where a stream starts: a cursor is a place in the log, of streams with the same name."""

import datetime as dt
from typing import Final, NamedTuple

import asyncpg

from api.errors import refuse_input
from api.events.types import EventGap, GapReason, StreamStart
from api.pagination import decode_cursor, encode_cursor
from api.reports.types import ResolvedRange
from tracking.clock import utc_now
from tracking.events.queries import ALL_OF_IT, Place, find_last_place, find_place_at, is_known, read_bounds

# Rows are older than the event that tells of them: by the transaction, and by how clocks differ.
GENEROUSLY: Final = dt.timedelta(minutes=5)
_YEARS: Final = (1970, 9000)  # beyond them moments cannot be stored, compared or reckoned with


class Missed(NamedTuple):
    """Events since this moment are not told, and why."""

    since: dt.datetime
    reason: GapReason


class Start(NamedTuple):
    """Where to read from, and what is missing before it."""

    place: Place
    missed: Missed | None = None


async def find_start(pool: asyncpg.Pool, start: StreamStart | None, cursor_name: str, kept: dt.timedelta) -> Start:
    """`kept` is for how long the log keeps events."""
    if start is not None and start.after:
        return await resume(pool, read_cursor(start.after, cursor_name), GapReason.CURSOR_TOO_OLD)
    if start is not None and start.since:
        return await _go_back(pool, _bring_near(start.since), kept)
    if start is not None and start.latest is False:
        raise refuse_input("`latest` can only be true.")
    return Start(await find_last_place(pool))


async def resume(pool: asyncpg.Pool, place: Place, reason_if_deleted: GapReason) -> Start:
    """Go on from there, or from where the log goes on."""
    if not await is_known(pool, place):
        return Start(await find_last_place(pool), Missed(place.at, GapReason.LOG_LOST))
    bounds = await read_bounds(pool)
    if place.position < bounds.first - 1:
        return Start(bounds.beginning, Missed(place.at, reason_if_deleted))
    return Start(place)


async def _go_back(pool: asyncpg.Pool, moment: dt.datetime, kept: dt.timedelta) -> Start:
    bounds = await read_bounds(pool)
    if moment < utc_now() - kept and bounds.first > 1:
        return Start(bounds.beginning, Missed(moment, GapReason.CURSOR_TOO_OLD))
    return Start(await find_place_at(pool, moment) or bounds.beginning)


def tell_gap(missed: Missed, until: Place, cursor_name: str) -> EventGap:
    """Of a lost log, up to now: nobody knows what was told of it."""
    to = until.at if missed.reason is not GapReason.LOG_LOST else max(until.at, utc_now())
    missing = ResolvedRange(from_=min(missed.since, to) - GENEROUSLY, to=to)
    return EventGap(cursor=write_cursor(until, cursor_name), missed=missing, reason=missed.reason)


def read_cursor(cursor: str, name: str) -> Place:
    """Forged ones too: whatever they say, they only choose what is told of one's own account."""
    position, told, at = decode_cursor(cursor, tuple[int, int, dt.datetime], name)
    return Place(max(position, 0), min(max(told, 0), ALL_OF_IT), _bring_near(at))


def write_cursor(place: Place, name: str) -> str:
    return encode_cursor((place.position, place.told, place.at), name)


def _bring_near(moment: dt.datetime) -> dt.datetime:
    """Without a time zone it is UTC."""
    first, last = _YEARS
    if not first <= moment.year <= last:
        return dt.datetime(min(max(moment.year, first), last), 1, 1, tzinfo=dt.UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
