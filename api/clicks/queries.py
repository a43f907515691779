"""Root fields about single clicks, and the clicks of a link."""

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
import strawberry

from api.clicks.loaders import make_click_loader, make_link_click_page_loader, make_settled_filter_loader
from api.clicks.types import Click
from api.context import Context, Info
from api.enums import publish_enum
from api.errors import refuse_input
from api.ids import read_ids, read_uuid, read_uuid_key
from api.nodes import register_node
from api.pagination import (
    After,
    Before,
    Connection,
    First,
    Last,
    OrderDirection,
    PageArguments,
    make_connection,
    read_page,
)
from api.permissions import IsReader
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.filters import ClickFilter as WantedClicks
from tracking.clicks.filters import Counting
from tracking.clicks.listing import ClickPage, list_clicks
from tracking.clicks.queries import StoredClick


@strawberry.input(
    description="Which clicks: those for which all of this holds. Of a list any value will do. What is left out or null"
    " restricts nothing."
)
class ClickFilter:
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these links.")
    campaign_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these campaigns.")
    creator_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these creators.")
    message_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these messages.")
    contact_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="On links made for any of these contacts."
    )
    offer_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="For any of these offers.")
    verdicts: list[Verdict] | None = strawberry.field(default=None, description="With any of these verdicts.")
    traffic_classes: list[TrafficClass] | None = strawberry.field(default=None, description="Of any of these classes.")
    reasons: list[Reason] | None = strawberry.field(default=None, description="Judged for any of these reasons.")
    counting: list[Counting] | None = strawberry.field(default=None, description="Counted as any of these.")
    is_counted: bool | None = strawberry.field(default=None, description="Counted ones, or those that are not.")
    has_manual_verdict: bool | None = strawberry.field(
        default=None, description="Judged by a person of the account, or not."
    )
    visitor_methods: list[VisitorMethod] | None = strawberry.field(
        default=None, description="Whose visitor was told apart in any of these ways."
    )
    in_app_browsers: list[str] | None = strawberry.field(
        default=None, description="From the browser of any of these apps, as `device.inAppBrowser` names them."
    )
    user_agent_contains: str | None = strawberry.field(
        default=None, description="Whose user agent has this text in it, in any case."
    )
    same_network_as: list[strawberry.ID] | None = strawberry.field(
        default=None, description="From the network of any of these clicks. Networks themselves are not shown."
    )
    same_user_agent_as: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With the very user agent of any of these clicks."
    )
    occurred_from: dt.datetime | None = strawberry.field(default=None, description="At this moment or later.")
    occurred_to: dt.datetime | None = strawberry.field(default=None, description="Before this moment.")
    recorded_from: dt.datetime | None = strawberry.field(default=None, description="Stored at this moment or later.")
    recorded_to: dt.datetime | None = strawberry.field(default=None, description="Stored before this moment.")
    changed_from: dt.datetime | None = strawberry.field(
        default=None, description="Counted or judged otherwise at this moment or later: those that last were."
    )
    changed_to: dt.datetime | None = strawberry.field(
        default=None, description="Last counted or judged otherwise before this moment."
    )

    def read(self) -> WantedClicks:
        return WantedClicks(
            link_ids=read_ids(self.link_ids, "Link"),
            campaign_ids=read_ids(self.campaign_ids, "Campaign"),
            creator_ids=read_ids(self.creator_ids, "Creator"),
            message_ids=read_ids(self.message_ids, "Message"),
            contact_ids=read_ids(self.contact_ids, "Contact"),
            offer_ids=read_ids(self.offer_ids, "Offer"),
            verdicts=self.verdicts,
            traffic_classes=self.traffic_classes,
            reasons=None if self.reasons is None else [int(reason) for reason in self.reasons],
            counting=self.counting,
            visitor_methods=self.visitor_methods,
            in_app_browsers=self.in_app_browsers,
            user_agent_contains=self.user_agent_contains,
            is_counted=self.is_counted,
            has_manual_verdict=self.has_manual_verdict,
            occurred_from=self.occurred_from,
            occurred_to=self.occurred_to,
            recorded_from=self.recorded_from,
            recorded_to=self.recorded_to,
            changed_from=self.changed_from,
            changed_to=self.changed_to,
            same_network_as=_read_click_ids(self.same_network_as),
            same_user_agent_as=_read_click_ids(self.same_user_agent_as),
        )


class ClickOrderField(StrEnum):
    OCCURRED_AT = "OCCURRED_AT"
    RECORDED_AT = "RECORDED_AT"
    CHANGED_AT = "CHANGED_AT"


publish_enum(
    ClickOrderField,
    "What clicks are sorted by.",
    {
        ClickOrderField.OCCURRED_AT: "When they happened.",
        ClickOrderField.RECORDED_AT: "When they were stored, however late they came.",
        ClickOrderField.CHANGED_AT: "When they last came to count or be judged otherwise; those that never did are left"
        " out.",
    },
)


@strawberry.input(description="What clicks are sorted by, and which end comes first.")
class ClickOrder:
    field: ClickOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


Filter: TypeAlias = Annotated[ClickFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[
    ClickOrder | None, strawberry.argument(description="What comes first; the newest when left out.")
]
_Moment: TypeAlias = Annotated[dt.datetime, msgspec.Meta(tz=True)]
_KEY_TYPES: Final[dict[ClickOrderField, Any]] = {
    ClickOrderField.OCCURRED_AT: tuple[UUID],
    ClickOrderField.RECORDED_AT: tuple[_Moment, UUID],
    ClickOrderField.CHANGED_AT: tuple[_Moment, UUID],
}


async def find_click(context: Context, key: str) -> Click | None:
    click_id = read_uuid_key(key)
    row = await context.loader(make_click_loader).load(click_id) if click_id else None
    return Click.from_row(row) if row else None


register_node("Click", find_click)


async def connect_clicks(
    context: Context,
    given: ClickFilter | None,
    given_order: ClickOrder | None,
    arguments: PageArguments,
    *,
    link_id: int | None = None,
) -> Connection[Click]:
    """One page of all, or of those of a link: for all links of a list in one statement."""
    order = given_order or ClickOrder(field=ClickOrderField.OCCURRED_AT)
    if link_id is not None and order.field is not ClickOrderField.OCCURRED_AT:
        raise refuse_input(
            f"Of one link, clicks are sorted by OCCURRED_AT alone; by {order.field.value},"
            " ask `clicks(filter: {linkIds: […]})`."
        )
    wanted = await context.loader(make_settled_filter_loader).load((given or ClickFilter()).read())
    named = f"clicks.{order.field.value}.{order.direction.value}"
    page = read_page(*arguments, key_type=_KEY_TYPES[order.field], order=named)
    wanted_page = ClickPage(wanted, page.window, order.field.value, order.direction is OrderDirection.DESC)
    if link_id is None:
        rows = await list_clicks(context.pool, context.account_id, wanted_page)
    else:
        rows = await context.loader(make_link_click_page_loader).load((wanted_page, link_id))
    return make_connection(rows, page, Click.from_row, lambda row: _find_key(row, order.field))


def _find_key(row: StoredClick, field: ClickOrderField) -> tuple[Any, ...]:
    if field is ClickOrderField.OCCURRED_AT:
        return (row.id,)
    return (row.recorded_at if field is ClickOrderField.RECORDED_AT else row.changed_at, row.id)


@strawberry.type
class ClickQuery:
    @strawberry.field(
        description="Single clicks of every link, for as long as they are kept. Counts come from reports.",
        permission_classes=[IsReader],
    )
    async def clicks(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Click]:
        return await connect_clicks(info.context, filter, order_by, PageArguments(first, after, last, before))


def _read_click_ids(global_ids: list[strawberry.ID] | None) -> list[UUID] | None:
    """What names no click is left out, as a click is that nobody has."""
    if global_ids is None:
        return None
    found = [read_uuid(each, "Click") for each in global_ids]
    return [click_id for click_id in found if click_id is not None]
