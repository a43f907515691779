"""A campaign, and the deliverables that make its creators' links."""

import datetime as dt

import strawberry

from api.bot_policies.types import BotPolicy, load_bot_policy
from api.breakdowns.types import register_entity
from api.campaign_creators.queries import (
    LIFETIME,
    CreatorFilter,
    CreatorOrder,
    CreatorRange,
    connect_creators,
)
from api.campaign_creators.types import CampaignCreatorConnection
from api.campaigns.loaders import make_campaign_loader, make_system_link_loader
from api.context import Context, Info
from api.conversion_words import ConversionKind
from api.deliverables.loaders import make_campaign_deliverables_loader
from api.deliverables.types import TrackingDeliverable
from api.domains.types import TrackingDomain, load_domain
from api.enums import publish_enum
from api.history.queries import make_history_field
from api.history.types import HistoryEntry
from api.ids import encode_id
from api.interstitials.loaders import make_campaign_interstitial_loader
from api.interstitials.types import Interstitial
from api.links.loaders import make_link_loader
from api.links.queries import Filter, Order, connect_links, read_filter
from api.links.types import Link
from api.node_reports.types import CampaignReport
from api.nodes import Node
from api.opt_ins.queries import make_opt_ins
from api.opt_ins.types import OptIns
from api.pagination import After, Before, Connection, First, Last, PageArguments
from api.ranged_metrics.queries import OptionalRange
from api.rankings.queries import RankedBy, Shown, rank_creators
from api.rankings.types import Ranking
from api.reports.queries import make_report_field
from api.scalars import URL
from tracking.accounts.account_settings import DAY_S
from tracking.bots.policies.queries import PolicyTarget
from tracking.campaigns.models import CampaignStatus, EndBehaviour
from tracking.campaigns.queries import CampaignRow
from tracking.links.models import SystemLinkKind
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
        CampaignStatus.ARCHIVED: "Put away. Another status takes it out again.",
    },
)
publish_enum(
    EndBehaviour,
    "What the links of a campaign do once `endsAt` is over. None is archived by it.",
    {
        EndBehaviour.CONTINUE: "They lead where they always did.",
        EndBehaviour.FALLBACK: "They lead to `fallbackUrl`, and clicks go on to be counted.",
    },
)


@strawberry.type(description="Creators who share links for one purpose.")
class Campaign(Node):
    name: str = strawberry.field(description="For people.")
    status: CampaignStatus = strawberry.field(description="Where it stands.")
    starts_at: dt.datetime | None = strawberry.field(description="When it is meant to start.")
    ends_at: dt.datetime | None = strawberry.field(description="When it is meant to end.")
    tags: list[str] = strawberry.field(description="To group campaigns by.")
    external_id: str | None = strawberry.field(description="The brand's own id of it.")
    end_behaviour: EndBehaviour = strawberry.field(description="What its links do after `endsAt`.")
    fallback_url: URL | None = strawberry.field(description="Where they lead then, with FALLBACK.")
    join_url: URL | None = strawberry.field(description="Where `joinLink` leads.")
    opt_in_url: URL | None = strawberry.field(description="Where `optInLink` leads.")
    attribution_window_days: int | None = strawberry.field(
        description="How long after a click what happens still belongs to it, in times 24 hours, where an offer does"
        " not say so itself; null: the account's."
    )
    counted_kinds: list[ConversionKind] | None = strawberry.field(
        description="Which conversions are `conversions` of reports; null: as the account says."
    )
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
            external_id=row.external_id,
            end_behaviour=row.end_behaviour,
            fallback_url=URL(row.fallback_url) if row.fallback_url else None,
            join_url=URL(row.join_url) if row.join_url else None,
            opt_in_url=URL(row.opt_in_url) if row.opt_in_url else None,
            attribution_window_days=None if row.attribution_window_s is None else row.attribution_window_s // DAY_S,
            counted_kinds=None if row.counted_kinds is None else [ConversionKind[name] for name in row.counted_kinds],
            created_at=row.created_at,
            row=row,
        )

    @strawberry.field(description="What its new links live on; null: the account's default domain.")
    async def domain(self, info: Info) -> TrackingDomain | None:
        return await load_domain(info.context, self.row.domain_id)

    @strawberry.field(description="For people to join by: made when `joinUrl` is set, archived when that is cleared.")
    async def join_link(self, info: Info) -> Link | None:
        return await self._load_system_link(info, SystemLinkKind.CAMPAIGN_JOIN)

    @strawberry.field(description="For people to opt in by: made when `optInUrl` is set, archived when it is cleared.")
    async def opt_in_link(self, info: Info) -> Link | None:
        return await self._load_system_link(info, SystemLinkKind.OPT_IN)

    async def _load_system_link(self, info: Info, kind: SystemLinkKind) -> Link | None:
        link_id = await info.context.loader(make_system_link_loader).load((self.row.id, kind.value))
        row = await info.context.loader(make_link_loader).load(link_id) if link_id else None
        return Link.from_row(row) if row else None

    @strawberry.field(description="What is done about programs on its links, where they set nothing else.")
    async def bot_policy(self, info: Info) -> BotPolicy:
        return await load_bot_policy(info.context, PolicyTarget(self.row.id))

    @strawberry.field(
        description="The page of offers whose mode is LIST_DEFAULT on its links; null: the account's, if there is one."
    )
    async def interstitial(self, info: Info) -> Interstitial | None:
        return Interstitial.from_texts(await info.context.loader(make_campaign_interstitial_loader).load(self.row.id))

    history: Connection[HistoryEntry] = make_history_field("Campaign", "What the account changed of it.")

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

    @strawberry.field(
        description="Its creators by a rate of the range, each with the places that chance leaves open, so that noise"
        " is not taken for a winner. Who has too little data stands apart."
    )
    async def ranking(
        self, info: Info, *, wanted: CreatorRange = LIFETIME, by: RankedBy, first: Shown = 100
    ) -> Ranking:
        return await rank_creators(info.context, self.row, wanted, by, first)

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

    @strawberry.field(
        description="What its opt-in link brought in a range, and beside it what contacts brought by passing their own"
        " links to the same page on. Null when it never had an opt-in link."
    )
    async def opt_ins(self, info: Info, wanted: OptionalRange = None) -> OptIns | None:
        return await make_opt_ins(info.context, self.row.id, wanted)

    report: CampaignReport = make_report_field(
        "What happened on its links in a range.",
        CampaignReport,
        lambda campaign: Subject(Scope.CAMPAIGN, campaign.row.id),
    )


async def load_campaign(context: Context, campaign_id: int | None) -> Campaign | None:
    row = await context.loader(make_campaign_loader).load(campaign_id) if campaign_id else None
    return Campaign.from_row(row) if row else None


async def require_campaign(context: Context, campaign_id: int) -> Campaign:
    campaign = await load_campaign(context, campaign_id)
    if campaign is None:
        raise LookupError("a row without its campaign")
    return campaign


register_entity("Campaign", load_campaign)
