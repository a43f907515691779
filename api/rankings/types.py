"""Who of a campaign's creators did best, and how sure that is (CU6, CU7)."""

import strawberry

from api.campaign_creators.types import CampaignCreator
from api.reports.types import Rate


@strawberry.type(description="A creator's place. Who else may have it by chance is in its range.")
class RankedCreator:
    campaign_creator: CampaignCreator = strawberry.field(description="The creator in the campaign.")
    rate: Rate = strawberry.field(description="What was compared.")
    rank: int = strawberry.field(description="The place by `rate.value` alone, 1 being the best; equal ones share it.")
    rank_low: int = strawberry.field(
        description="The best place that the creator may truly have. All ranges of a ranking hold together in 19 of 20"
        " cases: they come from wider intervals than that of `rate`, the wider the more creators are compared."
    )
    rank_high: int = strawberry.field(description="The worst place that the creator may truly have.")
    is_tied_with_first: bool = strawberry.field(
        description="True when the creator may be the best: `rankLow` is 1. A winner is only who alone has it."
    )


@strawberry.type(description="A creator of whom too little is known to be ranked.")
class UnrankedCreator:
    campaign_creator: CampaignCreator = strawberry.field(description="The creator in the campaign.")
    rate: Rate | None = strawberry.field(description="What is known; null without denominator.")


@strawberry.type(description="A campaign's creators by a rate of a range, the best first.")
class Ranking:
    ranked_count: int = strawberry.field(description="How many were compared with each other.")
    ranked: list[RankedCreator] = strawberry.field(description="The first of them.")
    without_enough_data_count: int = strawberry.field(description="How many could not be compared.")
    without_enough_data: list[UnrankedCreator] = strawberry.field(
        description="The first of them, by handle: below 10 counted or out of fewer than 100."
    )
