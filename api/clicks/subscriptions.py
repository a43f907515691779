"""The subscription `clicks`."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Annotated, Final, TypeAlias

import msgspec
import strawberry

from api.clicks.queries import ClickFilter, Filter
from api.clicks.types import Click
from api.context import Info
from api.events.feeds.topics import Key, Told, Topic, Wanted
from api.events.subscriptions import stream_events
from api.events.types import EventGap, Start, StreamCheckpoint, StreamReady, TrackedEvent
from api.permissions import IsReader
from tracking.clicks.filters import ClickFilter as WantedClicks
from tracking.clicks.filters import is_wanted, settle_filter
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.events.outbox import CLICK_KINDS, EventKind


@strawberry.type(description="A click was stored.")
class ClickRecorded(TrackedEvent):
    click: Click = strawberry.field(description="As it is now, which may be other than when it was stored.")


@strawberry.type(
    description=(
        "A click is judged or counted otherwise than before: by what became known later, by a correction, or because"
        " another click of its visitor holds the unique now."
    )
)
class ClickReclassified(TrackedEvent):
    click: Click = strawberry.field(description="As it is now.")
    matches_filter: bool = strawberry.field(
        description="False: the click has left the filter, or never was in it. It is told if all matches that never"
        " changes about a click, such as its link."
    )


ClickEvent = Annotated[
    ClickRecorded | ClickReclassified | StreamReady | StreamCheckpoint | EventGap,
    strawberry.union("ClickEvent", description="What a stream of clicks tells, each with its cursor."),
]
_Told: TypeAlias = Told[StoredClick, ClickRecorded | ClickReclassified]


def _make(told: _Told, matches: bool) -> ClickRecorded | ClickReclassified:
    click = Click.from_row(told.row)
    if told.slot.event.kind is EventKind.CLICKS_STORED:
        return ClickRecorded(**told.common_fields, occurred_at=told.row.occurred_at, click=click)
    at = told.slot.event.created_at
    return ClickReclassified(**told.common_fields, occurred_at=at, click=click, matches_filter=matches)


def _list_keys(row: StoredClick) -> Sequence[Key]:
    named = (
        ("link", row.link_id),
        ("message", row.message_id),
        ("creator", row.creator_id),
        ("campaign", row.campaign_id),
    )
    return [(sort, key) for sort, key in named if key is not None]


TOPIC: Final = Topic("clicks.log", CLICK_KINDS, find_clicks, _make, _list_keys)


def make_wanted(filter_: WantedClicks) -> Wanted[StoredClick]:
    """Of a settled filter. What is set to None here changes about a click; whatever else is asked never does."""
    lasting = msgspec.structs.replace(
        filter_,
        verdicts=None,
        traffic_classes=None,
        reasons=None,
        counting=None,
        is_counted=None,
        has_manual_verdict=None,
        changed_from=None,
        changed_to=None,
    )
    keys = None
    for sort, ids in (
        ("link", filter_.link_ids),
        ("message", filter_.message_ids),
        ("creator", filter_.creator_ids),
        ("campaign", filter_.campaign_ids),
    ):
        if keys is None and ids is not None:
            keys = frozenset((sort, each) for each in ids)
    return Wanted(partial(is_wanted, wanted=lasting), partial(is_wanted, wanted=filter_), keys)


@strawberry.type
class ClickSubscription:
    @strawberry.subscription(
        description="Clicks as they are stored and as they change, each at least once and in the same order for every"
        " reader. Who keeps what was told last of each click has what reports count.",
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
        settled = await settle_filter(context.pool, context.account_id, (filter or ClickFilter()).read())
        async for event in stream_events(context, start, TOPIC, make_wanted(settled)):
            yield event
