"""Streams of an account's event log, for subscriptions: from any place in it, in order, at the reader's own pace."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from graphql import GraphQLError

from api.context import Context
from api.credential_watch import Watched
from api.errors import refuse_input
from api.events.types import EventGap, GapReason, StreamReady, StreamStart
from api.pagination import decode_cursor, encode_cursor
from api.reports.types import ResolvedRange
from tracking.clock import utc_now
from tracking.events.outbox import EventKind
from tracking.events.queries import (
    ALL_OF_IT,
    LoggedEvent,
    Place,
    find_last_place,
    find_place_at,
    read_bounds,
    read_events,
)

LOOK_AGAIN_S: Final = 1.0  # also without being woken, for Redis may be away
EVENTS_A_READ: Final = 100
IDS_A_READ: Final = 200

Row = TypeVar("Row")
Message = TypeVar("Message")
# of a pair, the click that lost its unique is news; the one that took it has just been told
_STRIDES: Final = {EventKind.UNIQUES_MOVED: 2}


@dataclass(frozen=True)
class Telling(Generic[Row, Message]):
    """What one stream tells. Cursors are of streams with the same `cursor`."""

    cursor: str
    kinds: Sequence[EventKind]
    find: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, Row]]]  # as they are now; what is not wanted is left out
    tell: Callable[[EventKind, str, Row], Message]  # an event of the kind, with its cursor


class _Start(NamedTuple):
    """Where to read from, and what is missing before it: from when, and why."""

    place: Place
    missed_from: dt.datetime | None = None
    reason: GapReason | None = None


async def stream_events(
    context: Context, start: StreamStart | None, telling: Telling[Row, Message]
) -> AsyncGenerator[Message | StreamReady | EventGap, None]:
    """Read what there is, say once that it is all, then wait for news; for ever, while the credential is valid."""
    place, missed_from, reason = await _find_start(context, start, telling.cursor)
    if missed_from is not None and reason is not None:
        missed = ResolvedRange(from_=min(missed_from, place.at), to=place.at)
        yield EventGap(cursor=_write_cursor(place, telling.cursor), missed=missed, reason=reason)
    is_ready = False
    with (
        context.wakeups.listen(context.account_id) as woken,
        context.watch.watching(context.viewer, woken) as watched,
    ):
        while True:
            woken.clear()
            _refuse_ended(watched)
            events = await read_events(context.pool, context.account_id, telling.kinds, place, EVENTS_A_READ)
            for event in events:
                async for message in _tell(context, event, place, telling):
                    _refuse_ended(watched)
                    yield message
                place = Place(event.position, len(event.ids), event.logged_at)
            if len(events) < EVENTS_A_READ and not is_ready:
                is_ready = True
                yield StreamReady(cursor=_write_cursor(place, telling.cursor))
            if not events:
                await _wait(woken)


async def _tell(
    context: Context, event: LoggedEvent, place: Place, telling: Telling[Row, Message]
) -> AsyncGenerator[Message, None]:
    """What one event is about, from where the reader stands. What is erased is left out."""
    told = place.told if place.position == event.position else 0
    stride = _STRIDES.get(event.kind, 1)
    for first in range(told, len(event.ids), IDS_A_READ):
        ids = event.ids[first : first + IDS_A_READ : stride]
        context.loaders.clear()  # what was read for an earlier event may have changed since
        found = await telling.find(ids)
        for index, each in enumerate(ids):
            row = found.get(each)
            if row is not None:
                after = Place(event.position, first + (index + 1) * stride, event.logged_at)
                yield telling.tell(event.kind, _write_cursor(after, telling.cursor), row)


async def _find_start(context: Context, start: StreamStart | None, cursor_name: str) -> _Start:
    if start is not None and start.after:
        return await _resume(context, _read_cursor(start.after, cursor_name))
    if start is not None and start.since:
        return await _go_back(context, start.since)
    if start is not None and start.latest is False:
        raise refuse_input("`latest` can only be true.")
    return _Start(await find_last_place(context.pool))


async def _resume(context: Context, place: Place) -> _Start:
    bounds = await read_bounds(context.pool)
    if place.position > bounds.last:
        return _Start(await find_last_place(context.pool), place.at, GapReason.LOG_LOST)
    if place.position < bounds.first - 1:
        return _Start(bounds.beginning, place.at, GapReason.CURSOR_TOO_OLD)
    return _Start(place)


async def _go_back(context: Context, moment: dt.datetime) -> _Start:
    bounds = await read_bounds(context.pool)
    kept_since = utc_now() - dt.timedelta(days=context.settings.event_retention_days)
    if moment < kept_since and bounds.first > 1:
        return _Start(bounds.beginning, moment, GapReason.CURSOR_TOO_OLD)
    return _Start(await find_place_at(context.pool, moment) or bounds.beginning)


async def _wait(woken: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(LOOK_AGAIN_S):
            await woken.wait()
    except TimeoutError:
        return


def _refuse_ended(watched: Watched) -> None:
    """A credential that is revoked or over ends its streams too."""
    if watched.has_ended:
        raise GraphQLError("The credential is no longer valid.", extensions={"code": "UNAUTHENTICATED"})


def _read_cursor(cursor: str, name: str) -> Place:
    """Forged ones too: whatever they say, they only choose what is told of one's own account."""
    position, told, at = decode_cursor(cursor, tuple[int, int, dt.datetime], name)
    return Place(max(position, 0), min(max(told, 0), ALL_OF_IT), at if at.tzinfo else at.replace(tzinfo=dt.UTC))


def _write_cursor(place: Place, name: str) -> str:
    return encode_cursor((place.position, place.told, place.at), name)
