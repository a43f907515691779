"""The subscription `clicks`: the event log of an account from any place in it, in order, at the reader's own pace."""

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, AsyncIterator
from enum import Enum
from typing import Annotated, Final, TypeAlias

import strawberry
from graphql import GraphQLError

from api.clicks.queries import ClickFilter, Filter
from api.clicks.types import Click
from api.context import Context, Info
from api.credential_watch import Watched
from api.errors import refuse_input
from api.pagination import decode_cursor, encode_cursor
from api.permissions import IsReader
from api.reports.types import ResolvedRange
from tracking.clicks.filters import ClickFilter as WantedClicks
from tracking.clicks.filters import is_wanted, settle_filter
from tracking.clicks.queries import find_clicks
from tracking.clock import utc_now
from tracking.events.outbox import EventKind
from tracking.events.queries import (
    ALL_OF_IT,
    LoggedEvent,
    Place,
    find_last_place,
    find_place_at,
    read_bounds,
    read_click_events,
)

LOOK_AGAIN_S: Final = 1.0  # also without being woken, for Redis may be away
EVENTS_A_READ: Final = 100
CLICKS_A_READ: Final = 200
_CURSOR: Final = "clicks.log"


@strawberry.enum(description="Why events are missing.")
class GapReason(Enum):
    CURSOR_TOO_OLD = strawberry.enum_value("CURSOR_TOO_OLD", description="Older than events are kept.")
    LOG_LOST = strawberry.enum_value("LOG_LOST", description="The log ends before it: it was restored from a backup.")


@strawberry.input(one_of=True, description="Where a stream starts; with what happens from now on when left out.")
class StreamStart:
    after: str | None = strawberry.field(default=strawberry.UNSET, description="After the event with this cursor.")
    since: dt.datetime | None = strawberry.field(default=strawberry.UNSET, description="With what was stored since.")
    latest: bool | None = strawberry.field(default=strawberry.UNSET, description="True: what is stored from now on.")


@strawberry.type(description="A click was stored.")
class ClickRecorded:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    click: Click = strawberry.field(description="As it is now, which may be other than when it was stored.")


@strawberry.type(
    description=(
        "A click is judged or counted otherwise than before: by what became known later, by a correction, or because"
        " another click of its visitor holds the unique now."
    )
)
class ClickReclassified:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    click: Click = strawberry.field(description="As it is now.")


@strawberry.type(description="All that was in the log has been told; what follows is new.")
class StreamReady:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")


@strawberry.type(description="Events are missing here. Reports are not affected.")
class EventGap:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    missed: ResolvedRange = strawberry.field(description="When what is missing was stored.")
    reason: GapReason = strawberry.field(description="Why.")


ClickEvent = Annotated[
    ClickRecorded | ClickReclassified | StreamReady | EventGap,
    strawberry.union("ClickEvent", description="What a stream of clicks tells, each with its cursor."),
]
Start: TypeAlias = Annotated[
    StreamStart | None, strawberry.argument(description="Where to start; with what happens from now on when left out.")
]
_MESSAGES: Final[dict[EventKind, type[ClickRecorded] | type[ClickReclassified]]] = {
    EventKind.CLICKS_STORED: ClickRecorded,
    EventKind.UNIQUES_MOVED: ClickReclassified,
    EventKind.CLICKS_RECLASSIFIED: ClickReclassified,
}


@strawberry.type
class ClickSubscription:
    @strawberry.subscription(
        description="Clicks as they are stored, each at least once and in the same order for every reader.",
        permission_classes=[IsReader],
    )
    async def clicks(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        start: Start = None,
    ) -> AsyncGenerator[ClickEvent, None]:
        context = info.context
        place, gap = await _find_start(context, start)
        if gap is not None:
            yield gap
        wanted = await settle_filter(context.pool, context.account_id, (filter or ClickFilter()).read())
        async for event in _follow(context, place, wanted):
            yield event


async def _follow(
    context: Context, place: Place, wanted: WantedClicks
) -> AsyncIterator[ClickRecorded | ClickReclassified | StreamReady]:
    """Read what there is, say once that it is all, then wait for news; for ever, while the credential is valid."""
    is_ready = False
    with (
        context.wakeups.listen(context.account_id) as woken,
        context.watch.watching(context.viewer, woken) as watched,
    ):
        while True:
            woken.clear()
            _refuse_ended(watched)
            events = await read_click_events(context.pool, context.account_id, place, EVENTS_A_READ)
            for event in events:
                async for message in _tell(context, event, place, wanted):
                    _refuse_ended(watched)
                    yield message
                place = Place(event.position, len(event.ids), event.logged_at)
            if len(events) < EVENTS_A_READ and not is_ready:
                is_ready = True
                yield StreamReady(cursor=_write_cursor(place))
            if not events:
                await _wait(woken)


async def _tell(
    context: Context, event: LoggedEvent, place: Place, wanted: WantedClicks
) -> AsyncIterator[ClickRecorded | ClickReclassified]:
    """The clicks of one event, from where the reader stands. Erased ones are left out."""
    told = place.told if place.position == event.position else 0
    # of a pair, the click that lost its unique is news; the one that took it has just been told
    stride = 2 if event.kind is EventKind.UNIQUES_MOVED else 1
    for first in range(told, len(event.ids), CLICKS_A_READ):
        ids = event.ids[first : first + CLICKS_A_READ : stride]
        context.loaders.clear()  # what was read for an earlier event may have changed since
        found = await find_clicks(context.pool, context.account_id, ids)
        for index, click_id in enumerate(ids):
            row = found.get(click_id)
            if row is not None and is_wanted(row, wanted):
                after = Place(event.position, first + (index + 1) * stride, event.logged_at)
                yield _MESSAGES[event.kind](cursor=_write_cursor(after), click=Click.from_row(row))


async def _find_start(context: Context, start: StreamStart | None) -> tuple[Place, EventGap | None]:
    """Where to read from, and what is missing before it."""
    if start is not None and start.after:
        return await _resume(context, _read_cursor(start.after))
    if start is not None and start.since:
        return await _go_back(context, start.since)
    if start is not None and start.latest is False:
        raise refuse_input("`latest` can only be true.")
    return await find_last_place(context.pool), None


async def _resume(context: Context, place: Place) -> tuple[Place, EventGap | None]:
    bounds = await read_bounds(context.pool)
    if place.position > bounds.last:
        return _skip(place.at, await find_last_place(context.pool), GapReason.LOG_LOST)
    if place.position < bounds.first - 1:
        return _skip(place.at, bounds.beginning, GapReason.CURSOR_TOO_OLD)
    return place, None


async def _go_back(context: Context, moment: dt.datetime) -> tuple[Place, EventGap | None]:
    bounds = await read_bounds(context.pool)
    kept_since = utc_now() - dt.timedelta(days=context.settings.event_retention_days)
    if moment < kept_since and bounds.first > 1:
        return _skip(moment, bounds.beginning, GapReason.CURSOR_TOO_OLD)
    return await find_place_at(context.pool, moment) or bounds.beginning, None


def _skip(missed_from: dt.datetime, to: Place, reason: GapReason) -> tuple[Place, EventGap]:
    missed = ResolvedRange(from_=min(missed_from, to.at), to=to.at)
    return to, EventGap(cursor=_write_cursor(to), missed=missed, reason=reason)


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


def _read_cursor(cursor: str) -> Place:
    """Forged ones too: whatever they say, they only choose what is told of one's own account."""
    position, told, at = decode_cursor(cursor, tuple[int, int, dt.datetime], _CURSOR)
    return Place(max(position, 0), min(max(told, 0), ALL_OF_IT), at if at.tzinfo else at.replace(tzinfo=dt.UTC))


def _write_cursor(place: Place) -> str:
    return encode_cursor((place.position, place.told, place.at), _CURSOR)
