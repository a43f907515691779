"""The subscription `conversions`."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Final
from uuid import UUID

import strawberry

from api.context import Info
from api.conversions.queries import ConversionFilter, Filter
from api.conversions.types import Conversion
from api.events.subscriptions import Telling, stream_events
from api.events.types import EventGap, Start, StreamReady
from api.permissions import IsReader
from tracking.conversions.listing import StoredConversion, find_conversions
from tracking.events.outbox import CONVERSION_KINDS, EventKind


@strawberry.type(description="A conversion was stored, whatever becomes of it.")
class ConversionRecorded:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    conversion: Conversion = strawberry.field(description="As it is now, which may be other than when it was stored.")


@strawberry.type(
    description="A conversion stands otherwise than before: its click came or was judged anew, it was reported again by"
    " a surer source, something of its order was given back, or a person decided."
)
class ConversionChanged:
    cursor: str = strawberry.field(description="Resume after this event with `start: {after: cursor}`.")
    conversion: Conversion = strawberry.field(description="As it is now.")


ConversionEvent = Annotated[
    ConversionRecorded | ConversionChanged | StreamReady | EventGap,
    strawberry.union("ConversionEvent", description="What a stream of conversions tells, each with its cursor."),
]
_MESSAGES: Final[dict[EventKind, type[ConversionRecorded] | type[ConversionChanged]]] = {
    EventKind.CONVERSIONS_RECORDED: ConversionRecorded,
    EventKind.CONVERSIONS_CHANGED: ConversionChanged,
}


def _tell(kind: EventKind, cursor: str, row: StoredConversion) -> ConversionRecorded | ConversionChanged:
    return _MESSAGES[kind](cursor=cursor, conversion=Conversion.from_row(row))


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
        context = info.context
        wanted = (filter or ConversionFilter()).read()

        async def find(ids: Sequence[UUID]) -> dict[UUID, StoredConversion]:
            return await find_conversions(context.pool, context.account_id, ids, wanted)

        async for event in stream_events(context, start, Telling("conversions.log", CONVERSION_KINDS, find, _tell)):
            yield event
