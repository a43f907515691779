"""Root fields about single clicks, and the clicks of a link."""

import datetime as dt
from enum import Enum
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from api.clicks.loaders import make_click_loader, make_link_click_page_loader, make_settled_filter_loader
from api.clicks.types import Click
from api.context import Context, Info
from api.ids import read_ids, read_uuid, read_uuid_key
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, PageArguments, make_connection, read_page
from api.permissions import IsReader
from tracking.bots.verdicts import Reason, TrafficClass, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.filters import ClickFilter as WantedClicks
from tracking.clicks.filters import Counting
from tracking.clicks.queries import ClickPage, list_clicks


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
            same_network_as=_read_click_ids(self.same_network_as),
            same_user_agent_as=_read_click_ids(self.same_user_agent_as),
        )


@strawberry.enum(description="What clicks are sorted by.")
class ClickOrder(Enum):
    NEWEST_FIRST = strawberry.enum_value("NEWEST_FIRST", description="By when they happened, the last one first.")
    OLDEST_FIRST = strawberry.enum_value("OLDEST_FIRST", description="By when they happened, the first one first.")


Filter: TypeAlias = Annotated[ClickFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[ClickOrder, strawberry.argument(description="What comes first.")]


async def find_click(context: Context, key: str) -> Click | None:
    click_id = read_uuid_key(key)
    row = await context.loader(make_click_loader).load(click_id) if click_id else None
    return Click.from_row(row) if row else None


register_node("Click", find_click)


async def connect_clicks(
    context: Context,
    given: ClickFilter | None,
    order: ClickOrder,
    arguments: PageArguments,
    *,
    link_id: int | None = None,
) -> Connection[Click]:
    """One page of all, or of those of a link: for all links of a list in one statement."""
    wanted = await context.loader(make_settled_filter_loader).load((given or ClickFilter()).read())
    page = read_page(*arguments, key_type=tuple[UUID], order=f"clicks.{order.value}")
    wanted_page = ClickPage(wanted, page.window, order is ClickOrder.NEWEST_FIRST)
    if link_id is None:
        rows = await list_clicks(context.pool, context.account_id, wanted_page)
    else:
        rows = await context.loader(make_link_click_page_loader).load((wanted_page, link_id))
    return make_connection(rows, page, Click.from_row, lambda row: (row.id,))


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
        order_by: Order = ClickOrder.NEWEST_FIRST,
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
