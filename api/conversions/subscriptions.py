"""The subscription `conversions`."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Annotated, Final, TypeAlias

import strawberry

from api.context import Info
from api.conversions.queries import ConversionFilter, Filter
from api.conversions.types import Conversion
from api.events.feeds.topics import Told, Topic, Wanted
from api.events.subscriptions import stream_events
from api.events.types import EventGap, Start, StreamCheckpoint, StreamReady, TrackedEvent
from api.permissions import IsReader
from tracking.conversions.news import ConversionNews, find_news, is_wanted, may_have_been_wanted
from tracking.events.outbox import CONVERSION_KINDS, EventKind


@strawberry.type(description="A conversion was stored, whatever becomes of it.")
class ConversionRecorded(TrackedEvent):
    conversion: Conversion = strawberry.field(description="As it is now, which may be other than when it was stored.")


@strawberry.type(
    description="A conversion stands otherwise than before: its click came or was judged anew, it was reported again by"
    " a surer source, something of its order was given back, or a person decided."
)
class ConversionChanged(TrackedEvent):
    conversion: Conversion = strawberry.field(description="As it is now.")
    matches_filter: bool = strawberry.field(
        description="False: the conversion has left the filter, or never was in it. It is told if it ever was of what"
        " the filter asks for, such as a link."
    )


ConversionEvent = Annotated[
    ConversionRecorded | ConversionChanged | StreamReady | StreamCheckpoint | EventGap,
    strawberry.union("ConversionEvent", description="What a stream of conversions tells, each with its cursor."),
]
_Told: TypeAlias = Told[ConversionNews, ConversionRecorded | ConversionChanged]


def _make(told: _Told, matches: bool) -> ConversionRecorded | ConversionChanged:
    row = told.row.conversion
    conversion = Conversion.from_row(row)
    if told.slot.event.kind is EventKind.CONVERSIONS_RECORDED:
        return ConversionRecorded(**told.common_fields, occurred_at=row.occurred_at, conversion=conversion)
    at = told.slot.event.created_at
    return ConversionChanged(**told.common_fields, occurred_at=at, conversion=conversion, matches_filter=matches)


TOPIC: Final = Topic("conversions.log", CONVERSION_KINDS, find_news, _make)


@strawberry.type
class ConversionSubscription:
    @strawberry.subscription(
        description="Conversions as they are stored and as they change, each at least once and in the same order for"
        " every reader. The filter is asked of what they are when they are told.",
        permission_classes=[IsReader],
    )
    async def conversions(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        start: Start = None,
    ) -> AsyncGenerator[ConversionEvent, None]:
        given = (filter or ConversionFilter()).read()
        wanted = Wanted(partial(may_have_been_wanted, wanted=given), partial(is_wanted, wanted=given))
        async for event in stream_events(info.context, start, TOPIC, wanted):
            yield event
