"""The subscription `clicks`."""

from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Final
from uuid import UUID

import strawberry

from api.clicks.queries import ClickFilter, Filter
from api.clicks.types import Click
from api.context import Info
from api.events.subscriptions import Telling, stream_events
from api.events.types import EventGap, Start, StreamReady
from api.permissions import IsReader
from tracking.clicks.filters import is_wanted, settle_filter
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.events.outbox import CLICK_KINDS, EventKind


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


ClickEvent = Annotated[
    ClickRecorded | ClickReclassified | StreamReady | EventGap,
    strawberry.union("ClickEvent", description="What a stream of clicks tells, each with its cursor."),
]
_MESSAGES: Final[dict[EventKind, type[ClickRecorded] | type[ClickReclassified]]] = {
    EventKind.CLICKS_STORED: ClickRecorded,
    EventKind.UNIQUES_MOVED: ClickReclassified,
    EventKind.CLICKS_RECLASSIFIED: ClickReclassified,
}


def _tell(kind: EventKind, cursor: str, row: StoredClick) -> ClickRecorded | ClickReclassified:
    return _MESSAGES[kind](cursor=cursor, click=Click.from_row(row))


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
        wanted = await settle_filter(context.pool, context.account_id, (filter or ClickFilter()).read())

        async def find(ids: Sequence[UUID]) -> dict[UUID, StoredClick]:
            found = await find_clicks(context.pool, context.account_id, ids)
            return {key: row for key, row in found.items() if is_wanted(row, wanted)}

        async for event in stream_events(context, start, Telling("clicks.log", CLICK_KINDS, find, _tell)):
            yield event
