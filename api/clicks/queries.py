"""Root fields about single clicks, and the clicks of a link."""

import datetime as dt
from enum import Enum
from typing import Annotated, TypeAlias
from uuid import UUID

import strawberry

from api.clicks.loaders import make_click_loader, make_link_click_page_loader
from api.clicks.types import Click
from api.context import Context, Info
from api.ids import read_click_key, read_id
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, PageArguments, make_connection, read_page
from api.permissions import IsReader
from tracking.bots.verdicts import Verdict
from tracking.clicks.queries import ClickFilter as WantedClicks
from tracking.clicks.queries import ClickPage, list_clicks


@strawberry.input(description="Which clicks. What is left out or null restricts nothing.")
class ClickFilter:
    link_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these links.")
    campaign_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these campaigns.")
    creator_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="Of any of these creators.")
    verdicts: list[Verdict] | None = strawberry.field(default=None, description="With any of these verdicts.")
    is_counted: bool | None = strawberry.field(default=None, description="Counted ones, or those that are not.")
    occurred_from: dt.datetime | None = strawberry.field(default=None, description="At this moment or later.")
    occurred_to: dt.datetime | None = strawberry.field(default=None, description="Before this moment.")

    def read(self) -> WantedClicks:
        return WantedClicks(
            link_ids=_read_ids(self.link_ids, "Link"),
            campaign_ids=_read_ids(self.campaign_ids, "Campaign"),
            creator_ids=_read_ids(self.creator_ids, "Creator"),
            verdicts=self.verdicts,
            is_counted=self.is_counted,
            occurred_from=self.occurred_from,
            occurred_to=self.occurred_to,
        )


@strawberry.enum(description="What clicks are sorted by.")
class ClickOrder(Enum):
    NEWEST_FIRST = strawberry.enum_value("NEWEST_FIRST", description="By when they happened, the last one first.")
    OLDEST_FIRST = strawberry.enum_value("OLDEST_FIRST", description="By when they happened, the first one first.")


Filter: TypeAlias = Annotated[ClickFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[ClickOrder, strawberry.argument(description="What comes first.")]


async def find_click(context: Context, key: str) -> Click | None:
    click_id = read_click_key(key)
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
    wanted = given.read() if given else WantedClicks()
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


def _read_ids(global_ids: list[strawberry.ID] | None, type_name: str) -> list[int] | None:
    return None if global_ids is None else [read_id(each, type_name) for each in global_ids]
