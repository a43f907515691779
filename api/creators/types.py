"""A creator: who shares links, and who may see them."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from api.breakdowns.types import register_entity
from api.consistencies.loaders import make_past_campaign_loader
from api.consistencies.types import Consistency
from api.context import Context, Info
from api.creators.loaders import make_creator_loader, make_profile_loader
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.links.queries import Filter, Order, connect_links
from api.links.queries import read_filter as read_link_filter
from api.links.types import Link
from api.metrics.queries import read_everything
from api.metrics.types import Metrics
from api.node_reports.types import CreatorReport
from api.nodes import Node
from api.notices.loaders import make_notice_page_loader
from api.notices.types import CreatorNotice
from api.notices.types import Filter as NoticeFilter
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
from api.performances.types import RateMeasure
from api.posts.queries import Filter as PostFilter
from api.posts.queries import Order as PostOrder
from api.posts.queries import connect_posts
from api.posts.types import Post
from api.profiles.types import Profile
from api.reports.loaders import ReportKey, make_total_loader
from api.reports.queries import make_report_field
from tracking.creators.queries import CreatorRow, NoticePage
from tracking.reports.queries import Subject
from tracking.reports.ranges import EVERYTHING
from tracking.reports.scopes import Scope

if TYPE_CHECKING:
    from api.campaigns.queries import CampaignFilter, CampaignOrder
    from api.campaigns.types import Campaign

CampaignFilterArgument: TypeAlias = Annotated[
    Annotated["CampaignFilter", strawberry.lazy("api.campaigns.queries")] | None,
    strawberry.argument(description="Which ones; all when left out."),
]
CampaignOrderArgument: TypeAlias = Annotated[
    Annotated["CampaignOrder", strawberry.lazy("api.campaigns.queries")] | None,
    strawberry.argument(description="What comes first; the newest when left out."),
]
ConsistentBy: TypeAlias = Annotated[RateMeasure, strawberry.argument(description="Which rate is compared.")]
NoticeOrder: TypeAlias = Annotated[OrderDirection, strawberry.argument(description="Which end in time comes first.")]


@strawberry.type(description="Who shares links.")
class Creator(Node):
    handle: str = strawberry.field(description="Unique in the account, in any case.")
    name: str = strawberry.field(description="For people; may be empty.")
    external_id: str | None = strawberry.field(description="The brand's own id of this member.")
    public_id: str = strawberry.field(description="Stands in destinations where no external id is set; tells nothing.")
    created_at: dt.datetime = strawberry.field(description="When the account added this creator.")
    row: strawberry.Private[CreatorRow]

    @classmethod
    def from_row(cls, row: CreatorRow) -> "Creator":
        return cls(
            id=encode_id("Creator", row.id),
            handle=row.handle,
            name=row.name,
            external_id=row.external_id,
            public_id=row.public_id,
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="Where the creator has an audience.")
    async def profiles(self, info: Info) -> list[Profile]:
        return [Profile.from_row(row) for row in await info.context.loader(make_profile_loader).load(self.row.id)]

    @strawberry.field(description="The campaigns that the creator is in, the newest first.")
    async def campaigns(
        self,
        info: Info,
        *,
        filter: CampaignFilterArgument = None,  # noqa: A002 -- the name in the graph
        order_by: CampaignOrderArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Annotated["Campaign", strawberry.lazy("api.campaigns.types")]]:
        from api.campaigns.queries import connect_campaigns  # noqa: PLC0415 -- campaigns have creators too

        page = PageArguments(first, after, last, before)
        return await connect_campaigns(info.context, filter, order_by, page, creator_id=self.row.id)

    @strawberry.field(description="The creator's links in every campaign, at most 1,000 at once.")
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
        wanted = read_link_filter(filter).within(creator_id=self.row.id)
        return await connect_links(info.context, wanted, order_by, PageArguments(first, after, last, before))

    @strawberry.field(description="What the creator published, in every campaign, the newest first.")
    async def posts(
        self,
        info: Info,
        *,
        filter: PostFilter = None,  # noqa: A002 -- the name in the graph
        order_by: PostOrder = OrderDirection.DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Post]:
        page = PageArguments(first, after, last, before)
        return await connect_posts(info.context, self.row.id, filter, order_by, page)

    @strawberry.field(description="What the creator should know about links, the newest first.")
    async def notices(
        self,
        info: Info,
        *,
        filter: NoticeFilter = None,  # noqa: A002 -- the name in the graph
        order_by: NoticeOrder = OrderDirection.DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[CreatorNotice]:
        order = f"notices.{order_by.name}"
        page = read_page(first, after, last, before, key_type=tuple[int], order=order)
        wanted = NoticePage(filter.kinds if filter else None, page.window, order_by is OrderDirection.DESC)
        rows = await info.context.loader(make_notice_page_loader).load((wanted, self.row.id))
        return make_connection(rows, page, CreatorNotice.from_row, lambda row: (row.id,))

    @strawberry.field(description="The counts of all the creator's links since they were made.")
    async def totals(self, info: Info) -> Metrics:
        subject = Subject(Scope.CREATOR, self.row.id)
        counts = await info.context.loader(make_total_loader).load(ReportKey(subject, EVERYTHING))
        return Metrics.from_counts(counts, read_everything(subject))

    @strawberry.field(
        description="Whether the creator does well reliably, or did so once: a rate in each campaign since it began."
    )
    async def consistency(self, info: Info, by: ConsistentBy = RateMeasure.CLICK_THROUGH_RATE) -> Consistency:
        past = await info.context.loader(make_past_campaign_loader).load(self.row.id)
        return Consistency.of_campaigns(past, by)

    history: Connection[HistoryEntry] = make_history_field(
        "Creator", "What the account changed of the creator and the profiles."
    )

    report: CreatorReport = make_report_field(
        "What happened on the creator's links, in every campaign, in a range.",
        CreatorReport,
        lambda creator: Subject(Scope.CREATOR, creator.row.id),
    )


async def load_creator(context: Context, creator_id: int | None) -> Creator | None:
    row = await context.loader(make_creator_loader).load(creator_id) if creator_id else None
    return Creator.from_row(row) if row else None


register_entity("Creator", load_creator)
