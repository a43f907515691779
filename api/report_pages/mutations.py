"""Mutations of report pages."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.context import Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound
from api.idempotency import MAKES_NO_SECOND_ONE
from api.ids import read_id, read_optional_id
from api.permissions import IsWriter
from api.report_pages.types import ReportPage, require_report_page
from api.scalars import URL
from tracking.report_pages.rules import WantedPage, write_page_url
from tracking.report_pages.service import create_report_page, revoke_report_page


@strawberry.input(description="A new report page: of a campaign, of a creator, or of a creator in a campaign.")
class CreateReportPageInput:
    campaign_id: strawberry.ID | None = strawberry.field(
        default=None, description="What it shows; with a creator, only what is the creator's of it."
    )
    creator_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whose links and figures it shows; without a campaign, of all campaigns."
    )
    name: str = strawberry.field(
        default="",
        description="At most 200 characters, the title of the page; left out, it is named after its subject.",
    )
    shows_money: bool = strawberry.field(
        default=False, description="Whether it shows what clicks were worth, and what is paid for them."
    )
    expires_at: dt.datetime | None = strawberry.field(
        default=None, description="When it ends by itself, within a year; in 30 days when left out."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=MAKES_NO_SECOND_ONE)


@strawberry.type(description="The page is there: whoever has its address sees it.")
class CreateReportPageSuccess:
    report_page: ReportPage = strawberry.field(description="The new page, or that of the first call with the same key.")
    url: URL | None = strawberry.field(
        description="Where it is. It is shown once and stored nowhere, so a repeat answers null: if the first answer"
        " was lost, revoke the page and create another."
    )


@strawberry.input(description="A report page to end.")
class RevokeReportPageInput:
    id: strawberry.ID = strawberry.field(description="Of the page.")


@strawberry.type(description="The address shows nothing any more, from the next request on.")
class RevokeReportPageSuccess:
    report_page: ReportPage = strawberry.field(description="As it is now.")


CreateReportPageResult: TypeAlias = Annotated[
    CreateReportPageSuccess | InvalidInput | NotFound | IdempotencyConflict,
    strawberry.union("CreateReportPageResult", description="How it went."),
]
RevokeReportPageResult: TypeAlias = Annotated[
    RevokeReportPageSuccess | NotFound, strawberry.union("RevokeReportPageResult", description="How it went.")
]


@strawberry.type
class ReportPageMutation:
    @strawberry.mutation(
        description="Make a page that shows a report to whoever has its address, without a login.",
        permission_classes=[IsWriter],
    )
    async def create_report_page(
        self, info: Info, given: Annotated[CreateReportPageInput, strawberry.argument(name="input", description="It.")]
    ) -> CreateReportPageResult:
        wanted = WantedPage(
            campaign_id=read_optional_id(given.campaign_id, "Campaign"),
            creator_id=read_optional_id(given.creator_id, "Creator"),
            name=given.name,
            shows_money=given.shows_money,
            expires_at=given.expires_at,
        )
        made = await create_report_page(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        url = URL(write_page_url(info.context.settings, made.token)) if made.token else None
        return CreateReportPageSuccess(report_page=await require_report_page(info.context, made.page_id), url=url)

    @strawberry.mutation(
        description="End a report page for good. Doing it again changes nothing.", permission_classes=[IsWriter]
    )
    async def revoke_report_page(
        self,
        info: Info,
        given: Annotated[RevokeReportPageInput, strawberry.argument(name="input", description="Which.")],
    ) -> RevokeReportPageResult:
        row = await revoke_report_page(info.context.account_id, read_id(given.id, "ReportPage"))
        return RevokeReportPageSuccess(report_page=await require_report_page(info.context, row.id))
