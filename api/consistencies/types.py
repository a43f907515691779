"""Whether a creator does well reliably over campaigns, or did so once (CU9)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.context import Info
from api.performances.types import RateMeasure
from api.reports.types import Rate
from tracking.performance.consistency import CampaignRate as ComparedRate
from tracking.performance.consistency import Consistency as Assessed
from tracking.performance.consistency import assess
from tracking.performance.past_campaigns import PastCampaign
from tracking.reports.rates import estimate_rate

if TYPE_CHECKING:
    from api.campaigns.types import Campaign


@strawberry.type(description="A creator's rate in one campaign, since it began.")
class CampaignRate:
    rate: Rate = strawberry.field(description="What was compared.")
    campaign_id: strawberry.Private[int]

    @classmethod
    def of(cls, compared: ComparedRate) -> "CampaignRate":
        return cls(rate=Rate.of(compared.rate), campaign_id=compared.campaign_id)

    @strawberry.field(description="The campaign.")
    async def campaign(self, info: Info) -> Annotated["Campaign", strawberry.lazy("api.campaigns.types")]:
        from api.campaigns.types import require_campaign  # noqa: PLC0415 -- campaigns have creators too

        return await require_campaign(info.context, self.campaign_id)


@strawberry.type(
    description="A creator's rate in one campaign beside those in others: of campaigns with enough data alone, which is"
    " 10 counted out of 100."
)
class Consistency:
    campaigns: int = strawberry.field(description="How many are compared.")
    campaigns_without_enough_data: int = strawberry.field(description="How many are left out.")
    median: float | None = strawberry.field(description="The rate that half of them reach; null without any.")
    lower_quartile: float | None = strawberry.field(
        description="The rate that three quarters of them reach, interpolated; null of fewer than two."
    )
    upper_quartile: float | None = strawberry.field(description="The rate that a quarter of them reach, likewise.")
    spread: float | None = strawberry.field(
        description="The interquartile range: `upperQuartile - lowerQuartile`, in which the middle half lies."
    )
    lowest: CampaignRate | None = strawberry.field(description="The campaign with the smallest rate.")
    highest: CampaignRate | None = strawberry.field(description="The campaign with the largest rate.")
    is_one_off: bool | None = strawberry.field(
        description="True when the largest rate is more than 3 times the median of the others and fewer than 2 others"
        " reach half of it. Null of fewer than 3 campaigns."
    )
    reason: str = strawberry.field(description="The same in words, with the figures it comes from.")
    compared: list[CampaignRate] = strawberry.field(description="All that are compared, by when they began.")

    @classmethod
    def of_campaigns(cls, past: Sequence[PastCampaign], by: RateMeasure) -> "Consistency":
        rates = [_measure(each, by) for each in past]
        known = [rate for rate in rates if rate is not None]
        return cls._from_assessed(assess(known, left_out=len(rates) - len(known)))

    @classmethod
    def _from_assessed(cls, assessed: Assessed) -> "Consistency":
        lower, upper = assessed.quartiles or (None, None)
        return cls(
            campaigns=len(assessed.compared),
            campaigns_without_enough_data=assessed.left_out,
            median=assessed.median,
            lower_quartile=lower,
            upper_quartile=upper,
            spread=None if lower is None or upper is None else upper - lower,
            lowest=CampaignRate.of(assessed.lowest) if assessed.lowest else None,
            highest=CampaignRate.of(assessed.highest) if assessed.highest else None,
            is_one_off=assessed.is_one_off,
            reason=assessed.reason,
            compared=[CampaignRate.of(each) for each in assessed.compared],
        )


def _measure(past: PastCampaign, by: RateMeasure) -> ComparedRate | None:
    counts = {
        RateMeasure.CLICK_THROUGH_RATE: (past.unique_clicks, past.followers),
        RateMeasure.CONVERSION_RATE: (past.of_clicks, past.unique_clicks),
    }
    numerator, denominator = counts[by]
    rate = estimate_rate(numerator, denominator or 0)
    return ComparedRate(past.campaign_id, past.name, rate) if rate else None
