"""A campaign's creators side by side, in any order; for all campaigns of a list in one statement."""

from enum import StrEnum
from types import GenericAlias
from typing import Annotated, Any, Final, TypeAlias

import strawberry

from api.accounts.loaders import find_currency, find_zone
from api.audiences.types import Audience
from api.campaign_creators.loaders import make_membership_loader, make_performance_loader
from api.campaign_creators.types import CampaignCreator, CampaignCreatorConnection, CampaignCreatorEdge
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
from api.performances.types import CreatorPerformance
from api.reports.queries import resolve_range
from api.reports.types import DateRange
from api.scalars import CurrencyCode
from tracking.campaigns.models import Stage
from tracking.campaigns.queries import CampaignRow
from tracking.performance.queries import AudienceDay, PerformancePage, PerformanceRow
from tracking.performance.queries import CreatorFilter as WantedCreators
from tracking.performance.sorting import NEEDS_CURRENCY, SORT_TYPES
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
    FOLLOWERS = "FOLLOWERS"
    TOTAL_CLICKS = "TOTAL_CLICKS"
    HUMAN_CLICKS = "HUMAN_CLICKS"
    SUSPECT_CLICKS = "SUSPECT_CLICKS"
    BOT_CLICKS = "BOT_CLICKS"
    PREVIEW_FETCHES = "PREVIEW_FETCHES"
    PREFETCHES = "PREFETCHES"
    TEST_CLICKS = "TEST_CLICKS"
    COUNTED_CLICKS = "COUNTED_CLICKS"
    UNIQUE_CLICKS = "UNIQUE_CLICKS"
    REPEAT_CLICKS = "REPEAT_CLICKS"
    BOT_RATE = "BOT_RATE"
    CLICK_THROUGH_RATE = "CLICK_THROUGH_RATE"
    TOTAL_CLICK_THROUGH_RATE = "TOTAL_CLICK_THROUGH_RATE"
    CONVERSIONS = "CONVERSIONS"
    CONVERSION_RATE = "CONVERSION_RATE"
    GROSS_VALUE = "GROSS_VALUE"
    REFUNDS = "REFUNDS"
    NET_VALUE = "NET_VALUE"
    PAYOUT = "PAYOUT"
    IMPRESSIONS = "IMPRESSIONS"
    COST_PER_CLICK = "COST_PER_CLICK"
    COST_PER_UNIQUE_CLICK = "COST_PER_UNIQUE_CLICK"
    COST_PER_CONVERSION = "COST_PER_CONVERSION"
    RETURN_ON_FEE = "RETURN_ON_FEE"


publish_enum(
    CampaignCreatorOrderField,
    "What a campaign's creators are sorted by: whom they are, or any number of the range.",
    {
        CampaignCreatorOrderField.HANDLE: "The creator's handle.",
        CampaignCreatorOrderField.STAGE: "The stage, APPLIED being the smallest.",
        CampaignCreatorOrderField.ADDED_AT: "When they came into the campaign.",
        CampaignCreatorOrderField.FOLLOWERS: "Followers of the audience; who has none known is below all.",
        CampaignCreatorOrderField.TOTAL_CLICKS: "`totalClicks` of the range.",
        CampaignCreatorOrderField.HUMAN_CLICKS: "`humanClicks` of the range.",
        CampaignCreatorOrderField.SUSPECT_CLICKS: "`suspectClicks` of the range.",
        CampaignCreatorOrderField.BOT_CLICKS: "`botClicks` of the range.",
        CampaignCreatorOrderField.PREVIEW_FETCHES: "`previewFetches` of the range.",
        CampaignCreatorOrderField.PREFETCHES: "`prefetches` of the range.",
        CampaignCreatorOrderField.TEST_CLICKS: "`testClicks` of the range.",
        CampaignCreatorOrderField.COUNTED_CLICKS: "`countedClicks` of the range.",
        CampaignCreatorOrderField.UNIQUE_CLICKS: "`uniqueClicks` of the range.",
        CampaignCreatorOrderField.REPEAT_CLICKS: "`repeatClicks` of the range.",
        CampaignCreatorOrderField.BOT_RATE: "`botRate`; who has no clicks is below all.",
        CampaignCreatorOrderField.CLICK_THROUGH_RATE: "Unique clicks per follower; who has none known is below all.",
        CampaignCreatorOrderField.TOTAL_CLICK_THROUGH_RATE: "All clicks per follower; who has none known is below all.",
        CampaignCreatorOrderField.CONVERSIONS: "Conversions of the range, by when they happened.",
        CampaignCreatorOrderField.CONVERSION_RATE: "`conversionRate`; who has no unique clicks is below all.",
        CampaignCreatorOrderField.GROSS_VALUE: "`grossValue` in one currency.",
        CampaignCreatorOrderField.REFUNDS: "`refunds` in one currency.",
        CampaignCreatorOrderField.NET_VALUE: "`netValue` in one currency.",
        CampaignCreatorOrderField.PAYOUT: "`payout` in one currency.",
        CampaignCreatorOrderField.IMPRESSIONS: "`impressions`.",
        CampaignCreatorOrderField.COST_PER_CLICK: "`costPerClick` of fees in one currency; none is always last.",
        CampaignCreatorOrderField.COST_PER_UNIQUE_CLICK: "`costPerUniqueClick`, likewise.",
        CampaignCreatorOrderField.COST_PER_CONVERSION: "`costPerConversion`, likewise.",
        CampaignCreatorOrderField.RETURN_ON_FEE: "`returnOnFee`; who has none is below all.",
    },
)


@strawberry.input(description="What a campaign's creators are sorted by, and which end comes first. Ties stand by ids.")
class CampaignCreatorOrder:
    field: CampaignCreatorOrderField = strawberry.field(description="What is compared.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="What comes first.")
    currency: CurrencyCode | None = strawberry.field(
        default=None, description="Whose money is compared, as amounts of others cannot be; null: the account's."
    )


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
    currency = await find_currency(context, order.currency) if order and field in NEEDS_CURRENCY else None
    key_type: Any = GenericAlias(tuple, (SORT_TYPES[field], int))
    name = f"campaignCreators.{field}.{direction.name}.{currency or ''}"
    page = read_page(*arguments, key_type=key_type, order=name, max_page=MAX_CREATORS)
    wanted_page = PerformancePage(
        await resolve_range(context, wanted),
        page.window,
        given_filter.read() if given_filter else WantedCreators(),
        field,
        direction is OrderDirection.DESC,
        currency,
    )
    audience_day = await find_audience_day(context, campaign)
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


async def find_audience_day(context: Context, campaign: CampaignRow) -> AudienceDay:
    """Followers are those of the day on which the campaign starts (CU6); without a date, on which it was made."""
    start = (campaign.starts_at or campaign.created_at).astimezone(await find_zone(context))
    return AudienceDay(campaign.id, start.date())


def _describe(row: PerformanceRow, wanted: ReportRange) -> CreatorPerformance:
    subject = Subject(Scope.CAMPAIGN_CREATOR, row.membership.campaign_id, row.membership.creator_id)
    return CreatorPerformance(
        metrics=Metrics.from_counts(row.counts, read_range(subject, wanted, Dating.CONVERSION_TIME)),
        audience=Audience.from_row(row.audience) if row.audience else None,
        deal=row.membership.deal,
    )
