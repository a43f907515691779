"""Root fields about report pages."""

from enum import Enum
from typing import Annotated, TypeAlias

import strawberry

from api.context import Context, Info
from api.ids import read_key, read_optional_id
from api.nodes import register_node
from api.pagination import After, Before, Connection, First, Last, make_connection, read_page
from api.permissions import IsReader
from api.report_pages.types import ReportPage, load_report_page
from tracking.report_pages.queries import ReportPageFilter as WantedPages
from tracking.report_pages.queries import list_report_pages


@strawberry.input(description="Which report pages. What is left out or null restricts nothing.")
class ReportPageFilter:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Of this campaign.")
    creator_id: strawberry.ID | None = strawberry.field(default=None, description="Of this creator.")
    is_live: bool | None = strawberry.field(
        default=None, description="Those that show something, or those that are revoked or expired."
    )

    def read(self) -> WantedPages:
        campaign_id = read_optional_id(self.campaign_id, "Campaign")
        return WantedPages(campaign_id, read_optional_id(self.creator_id, "Creator"), self.is_live)


@strawberry.enum(description="What report pages are sorted by.")
class ReportPageOrder(Enum):
    NEWEST_FIRST = strawberry.enum_value("NEWEST_FIRST", description="The one that was made last first.")
    OLDEST_FIRST = strawberry.enum_value("OLDEST_FIRST", description="The one that was made first first.")


Filter: TypeAlias = Annotated[
    ReportPageFilter | None, strawberry.argument(description="Which ones; all when left out.")
]
Order: TypeAlias = Annotated[ReportPageOrder, strawberry.argument(description="What comes first.")]


async def find_report_page(context: Context, key: str) -> ReportPage | None:
    return await load_report_page(context, read_key(key))


register_node("ReportPage", find_report_page)


@strawberry.type
class ReportPageQuery:
    @strawberry.field(
        description="The account's report pages, also those that are revoked or expired. None tells its address: that"
        " was shown once.",
        permission_classes=[IsReader],
    )
    async def report_pages(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = ReportPageOrder.NEWEST_FIRST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ReportPage]:
        page = read_page(first, after, last, before, key_type=tuple[int], order=f"reportPages.{order_by.name}")
        rows = await list_report_pages(
            info.context.pool,
            info.context.account_id,
            (filter or ReportPageFilter()).read(),
            page.window,
            is_descending=order_by is ReportPageOrder.NEWEST_FIRST,
        )
        return make_connection(rows, page, ReportPage.from_row, lambda row: (row.id,))
