"""What an offer earned by its clicks (TR20)."""

from collections.abc import Callable
from decimal import Decimal

import strawberry

from api.context import Info
from api.metrics.types import Metrics
from api.reports.types import Rate, estimate_conversion_rate
from api.scalars import CurrencyCode
from tracking.performance.earnings import find_per_click
from tracking.reports.outcome_queries import Worth


@strawberry.type(description="An amount for each unique click.")
class PerClick:
    amount: Decimal = strawberry.field(description="In major units, with four digits, such as 0.0125.")
    currency: CurrencyCode = strawberry.field(description="Of the amount.")


@strawberry.type(
    description="What an offer earned. By creator, with value and payout of each: `report { breakdown(by: CREATOR) }`."
)
class OfferPerformance:
    metrics: Metrics = strawberry.field(
        description="Counts of the range; conversions and money of the clicks of the range, whenever they came."
    )

    @strawberry.field(
        description="Earnings per click: `netValue / uniqueClicks`, by currency. Null without unique clicks, and where"
        " nobody could know of conversions."
    )
    async def earnings_per_click(self, info: Info) -> list[PerClick] | None:
        return await self._find_per_click(info, lambda worth: worth.net_minor)

    @strawberry.field(description="`payout / uniqueClicks`, by currency; null where `earningsPerClick` is.")
    async def payout_per_click(self, info: Info) -> list[PerClick] | None:
        return await self._find_per_click(info, lambda worth: worth.payout_minor)

    @strawberry.field(description="As `metrics.conversionRate`, and how sure it is; null where that is null.")
    async def conversion_rate(self, info: Info) -> Rate | None:
        return await estimate_conversion_rate(info.context, self.metrics)

    async def _find_per_click(self, info: Info, find_minor: Callable[[Worth], int]) -> list[PerClick] | None:
        outcomes = await self.metrics.read_outcomes(info.context)
        if outcomes.conversions is None:
            return None
        found = find_per_click(outcomes.list_money(find_minor), self.metrics.unique_clicks)
        return (
            None
            if found is None
            else [PerClick(amount=each.amount, currency=CurrencyCode(each.currency)) for each in found]
        )
