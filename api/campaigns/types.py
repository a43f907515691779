"""A campaign, and the deliverables that make its creators' links."""

import datetime as dt

import strawberry

from api.campaign_creators.queries import (
    LIFETIME,
    CreatorFilter,
    CreatorOrder,
    CreatorRange,
    connect_creators,
)
from api.campaign_creators.types import CampaignCreatorConnection
from api.campaigns.loaders import make_campaign_loader
from api.context import Context, Info
from api.deliverables.loaders import make_campaign_deliverables_loader
from api.deliverables.types import TrackingDeliverable
from api.enums import publish_enum
from api.ids import encode_id
from api.links.queries import Filter, Order, connect_links, read_filter
from api.links.types import Link
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.reports.queries import RangeArgument, make_report
from api.reports.types import Report
from tracking.campaigns.models import CampaignStatus
from tracking.campaigns.queries import CampaignRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

publish_enum(
    CampaignStatus,
    "Where a campaign stands. Its links work in every status.",
    {
        CampaignStatus.DRAFT: "Being prepared.",
        CampaignStatus.ACTIVE: "Running.",
        CampaignStatus.PAUSED: "Halted for now.",
        CampaignStatus.COMPLETED: "Over.",
        CampaignStatus.ARCHIVED: "Put away.",
    },
)


@strawberry.type(description="Creators who share links for one purpose.")
class Campaign(Node):
    name: str = strawberry.field(description="For people.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")
    starts_at: dt.datetime | None = strawberry.field(description="When it is meant to start.")
    ends_at: dt.datetime | None = strawberry.field(description="When it is meant to end.")
    tags: list[str] = strawberry.field(description="To group campaigns by.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[CampaignRow]

    @classmethod
    def from_row(cls, row: CampaignRow) -> "Campaign":
        return cls(
            id=encode_id("Campaign", row.id),
            name=row.name,
            status=row.status,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            tags=row.tags,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="What makes a link for each of its creators, in the order they were made.")
    async def deliverables(self, info: Info) -> list[TrackingDeliverable]:
        rows = await info.context.loader(make_campaign_deliverables_loader).load(self.row.id)
        return [TrackingDeliverable.from_row(row) for row in rows]

    @strawberry.field(description="Its creators beside each other, by any count of the range; at most 1,000 at once.")
    async def creators(
        self,
        info: Info,
        *,
        wanted: CreatorRange = LIFETIME,
        filter: CreatorFilter = None,  # noqa: A002 -- the name in the graph
        order_by: CreatorOrder = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> CampaignCreatorConnection:
        return await connect_creators(
            info.context, self.row, wanted, filter, order_by, arguments=PageArguments(first, after, last, before)
        )

    @strawberry.field(description="Its links, at most 1,000 at once.")
    async def links(
        self,
        info: Info,
        *,
        filter: Filter = None,  # noqa: A002 -- the name in the graph
        order_by: Order = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Link]:
        wanted = read_filter(filter).within(campaign_id=self.row.id)
        return await connect_links(info.context, wanted, order_by, PageArguments(first, after, last, before))

    @strawberry.field(description="What happened on its links in a range.")
    async def report(self, info: Info, wanted: RangeArgument) -> Report:
        return await make_report(info.context, Subject(Scope.CAMPAIGN, self.row.id), wanted)


async def load_campaign(context: Context, campaign_id: int | None) -> Campaign | None:
    row = await context.loader(make_campaign_loader).load(campaign_id) if campaign_id else None
    return Campaign.from_row(row) if row else None


async def require_campaign(context: Context, campaign_id: int) -> Campaign:
    campaign = await load_campaign(context, campaign_id)
    if campaign is None:
        raise LookupError("a row without its campaign")
    return campaign
