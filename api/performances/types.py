"""What a creator did for a campaign: counts beside followers and the fee (CU4, CU6, CU7)."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import strawberry

from api.audiences.types import Audience
from api.context import Info
from api.enums import publish_enum
from api.metrics.types import Metrics
from api.money import Money
from api.reports.types import Rate, estimate_conversion_rate
from tracking.campaigns.deals import Deal as DealRow
from tracking.performance.costs import find_cost_per, find_return_on_fee


class ClickMeasure(StrEnum):
    UNIQUE_CLICKS = "UNIQUE_CLICKS"
    TOTAL_CLICKS = "TOTAL_CLICKS"


publish_enum(
    ClickMeasure,
    "Which clicks are counted.",
    {
        ClickMeasure.UNIQUE_CLICKS: "`uniqueClicks`.",
        ClickMeasure.TOTAL_CLICKS: "`totalClicks`, of programs, previews and repeats too: the rate may exceed 1.",
    },
)
CountedBy: TypeAlias = Annotated[ClickMeasure, strawberry.argument(description="Which clicks are counted.")]


class RateMeasure(StrEnum):
    CLICK_THROUGH_RATE = "CLICK_THROUGH_RATE"
    CONVERSION_RATE = "CONVERSION_RATE"


publish_enum(
    RateMeasure,
    "A rate by which creators, or a creator's campaigns, are compared.",
    {
        RateMeasure.CLICK_THROUGH_RATE: "Unique clicks per follower of the audience.",
        RateMeasure.CONVERSION_RATE: "Conversions that are credited to the range's clicks, per unique click.",
    },
)


@strawberry.type(description="What a creator did for a campaign in a range.")
class CreatorPerformance:
    metrics: Metrics = strawberry.field(description="Counts of the creator's links in the campaign.")
    audience: Audience | None = strawberry.field(description="Null when no follower count is known.")
    deal: strawberry.Private[DealRow | None]

    @strawberry.field(
        description="Clicks of the range by followers of the audience; null when no follower count is known."
    )
    def click_through_rate(self, by: CountedBy = ClickMeasure.UNIQUE_CLICKS) -> Rate | None:
        clicks = self.metrics.unique_clicks if by is ClickMeasure.UNIQUE_CLICKS else self.metrics.total_clicks
        return Rate.estimate(clicks, self.audience.followers if self.audience else None)

    @strawberry.field(
        description="As `metrics.conversionRate`, and how sure it is: conversions that are credited to the range's"
        " clicks per unique click. Null where that is null."
    )
    async def conversion_rate(self, info: Info) -> Rate | None:
        return await estimate_conversion_rate(info.context, self.metrics)

    @strawberry.field(
        description="`deal.flatFee / countedClicks`, to the minor unit: programs, previews and tests are no clicks to"
        " pay for. Null without a fee or without such clicks."
    )
    def cost_per_click(self) -> Money | None:
        return self._find_cost_per(self.metrics.counted_clicks)

    @strawberry.field(
        description="`deal.flatFee / uniqueClicks`, to the minor unit; null without a fee or without unique clicks."
    )
    def cost_per_unique_click(self) -> Money | None:
        return self._find_cost_per(self.metrics.unique_clicks)

    @strawberry.field(
        description="`deal.flatFee / conversions`, to the minor unit; null without a fee or without conversions."
    )
    async def cost_per_conversion(self, info: Info) -> Money | None:
        return self._find_cost_per((await self.metrics.read_outcomes(info.context)).conversions)

    def _find_cost_per(self, count: int | None) -> Money | None:
        cost = find_cost_per(self.deal, count)
        return Money.of(cost) if cost else None

    @strawberry.field(
        description="`netValue / deal.flatFee`: 1 has earned the fee back. Null without a fee, and where anything was"
        " earned in another currency than the fee's."
    )
    async def return_on_fee(self, info: Info) -> float | None:
        outcomes = await self.metrics.read_outcomes(info.context)
        return None if outcomes.conversions is None else find_return_on_fee(self.deal, outcomes.list_net())
