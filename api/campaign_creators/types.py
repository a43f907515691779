"""A creator in a campaign, and what came of it."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.creators.types import Creator, load_creator
from api.deals.types import Deal
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.queries import Filter, Order, connect_links, read_filter
from api.links.types import Link
from api.node_reports.types import CampaignCreatorReport
from api.nodes import Node
from api.pagination import After, Before, Connection, First, Last, PageArguments, PageInfo
from api.performances.types import CreatorPerformance
from api.posts.loaders import make_newest_posts_loader
from api.posts.types import Post
from api.profiles.queries import load_profile
from api.profiles.types import Profile
from api.reports.queries import make_report_field
from tracking.campaigns.models import Stage
from tracking.campaigns.queries import MembershipRow
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.campaigns.types import Campaign

publish_enum(
    Stage,
    "Where a creator stands in a campaign. Links exist from ACCEPTED on. Any move is allowed; none takes links away.",
    {
        Stage.APPLIED: "Wants to take part; has no links yet.",
        Stage.ACCEPTED: "Takes part.",
        Stage.ACTIVE: "Has begun to share.",
        Stage.COMPLETED: "Has shared all that was agreed.",
        Stage.DECLINED: "Does not take part. Links made before keep working.",
    },
)


@strawberry.type(description="A creator in a campaign.")
class CampaignCreator(Node):
    stage: Stage = strawberry.field(description="Where the creator stands.")
    added_at: dt.datetime = strawberry.field(description="When the creator came into the campaign.")
    stage_changed_at: dt.datetime = strawberry.field(description="Since when the stage is this one.")
    row: strawberry.Private[MembershipRow]

    @classmethod
    def from_row(cls, row: MembershipRow) -> "CampaignCreator":
        return cls(
            id=encode_id("CampaignCreator", row.id),
            stage=row.stage,
            added_at=row.added_at,
            stage_changed_at=row.stage_changed_at,
            row=row,
        )

    @strawberry.field(description="The campaign.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")]:
        from api.campaigns.types import require_campaign  # noqa: PLC0415 -- campaigns have creators too

        return await require_campaign(info.context, self.row.campaign_id)

    @strawberry.field(description="The creator.")
    async def creator(self, info: Info) -> Creator:
        creator = await load_creator(info.context, self.row.creator_id)
        if creator is None:
            raise LookupError("a campaign creator without creator")
        return creator

    @strawberry.field(description="What was agreed; null when nothing is noted.")
    def deal(self) -> Deal | None:
        return Deal.from_row(self.row.deal) if self.row.deal else None

    @strawberry.field(
        description="Whose followers were named as the audience; null leaves it to the rule of `Audience`."
    )
    async def audience_profile(self, info: Info) -> Profile | None:
        return await load_profile(info.context, self.row.profile_id)

    @strawberry.field(description="The 100 posts published last, the newest first; `Creator.posts` has all.")
    async def posts(self, info: Info) -> list[Post]:
        return [Post.from_row(row) for row in await info.context.loader(make_newest_posts_loader).load(self.row.id)]

    history: Connection[HistoryEntry] = make_history_field(
        "CampaignCreator", "What the account changed: the stage, the deal, the audience, posts that were deleted."
    )

    @strawberry.field(description="The creator's links in this campaign, at most 1,000 at once.")
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
        wanted = read_filter(filter).within(campaign_id=self.row.campaign_id, creator_id=self.row.creator_id)
        return await connect_links(info.context, wanted, order_by, PageArguments(first, after, last, before))

    report: CampaignCreatorReport = make_report_field(
        "What happened on the creator's links in this campaign in a range.",
        CampaignCreatorReport,
        lambda member: Subject(Scope.CAMPAIGN_CREATOR, member.row.campaign_id, member.row.creator_id),
    )


@strawberry.type(description="A creator of a campaign, and the place in the order.")
class CampaignCreatorEdge:
    cursor: str = strawberry.field(description="Opaque; valid for the same order and range.")
    node: CampaignCreator = strawberry.field(description="The creator in the campaign.")
    performance: CreatorPerformance = strawberry.field(description="What came of it in the range.")


@strawberry.type(description="One page of a campaign's creators.")
class CampaignCreatorConnection:
    edges: list[CampaignCreatorEdge] = strawberry.field(description="In order, each with its performance.")
    nodes: list[CampaignCreator] = strawberry.field(description="The same without performance.")
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where to go on.")
