"""A report page, without the token that opens it."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Context, Info
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.nodes import Node
from api.pagination import Connection
from api.report_pages.loaders import make_report_page_loader
from tracking.clock import utc_now
from tracking.report_pages.queries import ReportPageRow

if TYPE_CHECKING:
    from api.campaigns.types import Campaign
    from api.creators.types import Creator


@strawberry.type(
    description="A page that shows a report to whoever has its address, without a login, until it expires or is"
    " revoked."
)
class ReportPage(Node):
    name: str = strawberry.field(description="For people: such as for whom it was made. It is the title of the page.")
    shows_money: bool = strawberry.field(description="True when it shows what clicks were worth, and what is paid.")
    prefix: str = strawberry.field(
        description="What follows `ct_page_` in the address: it names the page, and opens nothing."
    )
    expires_at: dt.datetime = strawberry.field(description="When it ends by itself.")
    is_expired: bool = strawberry.field(description="True when it has ended by itself.")
    revoked_at: dt.datetime | None = strawberry.field(description="Since when it shows nothing; null: not revoked.")
    last_opened_at: dt.datetime | None = strawberry.field(description="When somebody last looked, to the minute.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[ReportPageRow]

    @classmethod
    def from_row(cls, row: ReportPageRow) -> "ReportPage":
        return cls(
            id=encode_id("ReportPage", row.id),
            name=row.name,
            shows_money=row.shows_money,
            prefix=row.token_prefix,
            expires_at=row.expires_at,
            is_expired=row.expires_at <= utc_now(),
            revoked_at=row.revoked_at,
            last_opened_at=row.last_opened_at,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="What it is about; null: all campaigns of the creator.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")] | None:
        from api.campaigns.types import load_campaign  # noqa: PLC0415 -- as lazy as the type itself

        return await load_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="Whose links and figures alone it shows; null: those of the whole campaign.")
    async def creator(self, info: Info) -> Annotated["Creator", strawberry.lazy("api.creators.types")] | None:
        from api.creators.types import load_creator  # noqa: PLC0415 -- as lazy as the type itself

        return await load_creator(info.context, self.row.creator_id)

    history: Connection[HistoryEntry] = make_history_field("ReportPage", "Who made and who revoked it, and when.")


async def load_report_page(context: Context, page_id: int | None) -> ReportPage | None:
    row = await context.loader(make_report_page_loader).load(page_id) if page_id else None
    return ReportPage.from_row(row) if row else None


async def require_report_page(context: Context, page_id: int) -> ReportPage:
    page = await load_report_page(context, page_id)
    if page is None:
        raise LookupError("a report page that was just there is gone")
    return page
