"""A campaign's creators side by side, in any order; for all campaigns of a list in one statement."""

import datetime as dt
from enum import StrEnum
from types import GenericAlias
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.accounts.loaders import find_zone
from api.campaign_creators.loaders import make_membership_loader, make_performance_loader
from api.campaign_creators.types import (
    Audience,
    CampaignCreator,
    CampaignCreatorConnection,
    CampaignCreatorEdge,
    CreatorPerformance,
)
from api.context import Context
from api.enums import publish_enum
from api.ids import read_key
from api.metrics.queries import read_range
from api.metrics.types import Metrics
from api.nodes import register_node
from api.pagination import (
    OrderDirection,
    PageArguments,
    describe_page,
    encode_cursor,
    find_shown,
    read_page,
)
from api.reports.queries import resolve_range
from api.reports.types import DateRange, Rate
from api.scalars import BigInt
from tracking.campaigns.models import Stage
from tracking.campaigns.performance import SORT_TYPES, AudienceDay, PerformancePage, PerformanceRow
from tracking.campaigns.performance import CreatorFilter as WantedCreators
from tracking.campaigns.queries import CampaignRow
from tracking.clock import utc_now
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.ranges import Preset, ReportRange
from tracking.reports.scopes import Scope

MAX_CREATORS: Final = 1_000


@strawberry.input(description="Which creators of a campaign. What is left out or null restricts nothing.")
class CampaignCreatorFilter:
    stages: list[Stage] | None = strawberry.field(default=None, description="In any of these stages.")
    search: str | None = strawberry.field(default=None, description="Whose handle or name holds this, in any case.")
    tag: str | None = strawberry.field(default=None, description="With a link in the campaign that has this tag.")

    def read(self) -> WantedCreators:
        return WantedCreators(self.stages, self.search, self.tag)


class CampaignCreatorOrderField(StrEnum):
    HANDLE = "HANDLE"
    STAGE = "STAGE"
    ADDED_AT = "ADDED_AT"
    TOTAL_CLICKS = "TOTAL_CLICKS"
    UNIQUE_CLICKS = "UNIQUE_CLICKS"
    CLICK_THROUGH_RATE = "CLICK_THROUGH_RATE"
    CONVERSIONS = "CONVERSIONS"
    CONVERSION_RATE = "CONVERSION_RATE"


publish_enum(
    CampaignCreatorOrderField,
    "What a campaign's creators are sorted by.",
    {
        CampaignCreatorOrderField.HANDLE: "The creator's handle.",
        CampaignCreatorOrderField.STAGE: "The stage, APPLIED being the smallest.",
        CampaignCreatorOrderField.ADDED_AT: "When they came into the campaign.",
        CampaignCreatorOrderField.TOTAL_CLICKS: "All requests of the range.",
        CampaignCreatorOrderField.UNIQUE_CLICKS: "Unique clicks of the range.",
        CampaignCreatorOrderField.CLICK_THROUGH_RATE: "Unique clicks per follower; who has none known is below all.",
        CampaignCreatorOrderField.CONVERSIONS: "Conversions of the range, by when they happened.",
        CampaignCreatorOrderField.CONVERSION_RATE: "`conversionRate`; who has no unique clicks is below all.",
    },
)


@strawberry.input(description="What a campaign's creators are sorted by, and which end comes first.")
class CampaignCreatorOrder:
    field: CampaignCreatorOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")


LIFETIME: Final = DateRange(preset=Preset.LIFETIME)
CreatorRange: TypeAlias = Annotated[DateRange, strawberry.argument(name="range", description="Of all counts here.")]
CreatorFilter: TypeAlias = Annotated[
    CampaignCreatorFilter | None, strawberry.argument(description="Which ones; all when left out.")
]
CreatorOrder: TypeAlias = Annotated[
    CampaignCreatorOrder | None, strawberry.argument(description="What comes first; by handle when left out.")
]


async def load_campaign_creator(context: Context, membership_id: int | None) -> CampaignCreator | None:
    row = await context.loader(make_membership_loader).load(membership_id) if membership_id else None
    return CampaignCreator.from_row(row) if row else None


async def require_campaign_creator(context: Context, membership_id: int) -> CampaignCreator:
    found = await load_campaign_creator(context, membership_id)
    if found is None:
        raise LookupError("a row without its creator in a campaign")
    return found


async def find_campaign_creator(context: Context, key: str) -> CampaignCreator | None:
    return await load_campaign_creator(context, read_key(key))


register_node("CampaignCreator", find_campaign_creator)


async def connect_creators(
    context: Context,
    campaign: CampaignRow,
    wanted: DateRange,
    given_filter: CreatorFilter,
    order: CreatorOrder,
    *,
    arguments: PageArguments,
) -> CampaignCreatorConnection:
    field = order.field.name if order else "HANDLE"
    direction = order.direction if order else OrderDirection.ASC
    key_type: Any = GenericAlias(tuple, (SORT_TYPES[field], int))
    name = f"campaignCreators.{field}.{direction.name}"
    page = read_page(*arguments, key_type=key_type, order=name, max_page=MAX_CREATORS)
    wanted_page = PerformancePage(
        await resolve_range(context, wanted),
        page.window,
        given_filter.read() if given_filter else WantedCreators(),
        field,
        direction is OrderDirection.DESC,
    )
    audience_day = AudienceDay(campaign.id, await _find_audience_day(context, campaign))
    rows = await context.loader(make_performance_loader).load((wanted_page, audience_day))
    edges = [
        CampaignCreatorEdge(
            cursor=encode_cursor((row.sort_key, row.membership.id), name),
            node=CampaignCreator.from_row(row.membership),
            performance=_describe(row, wanted_page.wanted),
        )
        for row in find_shown(rows, page)
    ]
    return CampaignCreatorConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=describe_page(rows, page, [edge.cursor for edge in edges]),
    )


async def _find_audience_day(context: Context, campaign: CampaignRow) -> dt.date:
    """Followers are counted at the campaign's time: its end, or today while it runs (CU6)."""
    zone, now = await find_zone(context), utc_now()
    return min(campaign.ends_at or now, now).astimezone(zone).date()


def _describe(row: PerformanceRow, wanted: ReportRange) -> CreatorPerformance:
    audience = None
    if row.followers is not None and row.counted_on is not None:
        creator_id = row.membership.creator_id
        audience = Audience(followers=BigInt(row.followers), as_of=row.counted_on, creator_id=creator_id)
    subject = Subject(Scope.CAMPAIGN_CREATOR, row.membership.campaign_id, row.membership.creator_id)
    return CreatorPerformance(
        metrics=Metrics.from_counts(row.counts, read_range(subject, wanted, Dating.CONVERSION_TIME)),
        audience=audience,
        click_through_rate=Rate.estimate(row.counts.unique_clicks, row.followers),
        deal=row.membership.deal,
    )
