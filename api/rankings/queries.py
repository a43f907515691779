"""Ranks all creators of a campaign together, however many of them are shown."""

from typing import Annotated, Final, TypeAlias

import strawberry

from api.campaign_creators.loaders import make_performance_loader
from api.campaign_creators.queries import find_audience_day
from api.campaign_creators.types import CampaignCreator
from api.context import Context
from api.errors import refuse_input
from api.performances.types import RateMeasure
from api.rankings.types import RankedCreator, Ranking, UnrankedCreator
from api.reports.queries import resolve_range
from api.reports.types import DateRange, Rate
from tracking.campaigns.queries import CampaignRow
from tracking.paging import Window
from tracking.performance.queries import CreatorFilter, PerformancePage, PerformanceRow
from tracking.performance.ranking import Contender, rank

MAX_SHOWN: Final = 1_000
_EVERYBODY: Final = Window(2**31)

RankedBy: TypeAlias = Annotated[RateMeasure, strawberry.argument(description="What is compared.")]
Shown: TypeAlias = Annotated[int, strawberry.argument(description="How many of each list are shown, at most 1,000.")]


async def rank_creators(
    context: Context, campaign: CampaignRow, wanted: DateRange, by: RateMeasure, first: int
) -> Ranking:
    if not 0 <= first <= MAX_SHOWN:
        raise refuse_input(f"`first` must be from 0 to {MAX_SHOWN}.")
    resolved = await resolve_range(context, wanted)
    page = PerformancePage(resolved, _EVERYBODY, CreatorFilter(), "HANDLE", is_descending=False)
    day = await find_audience_day(context, campaign)
    rows = await context.loader(make_performance_loader).load((page, day))
    members = {row.membership.id: row.membership for row in rows}
    ranking = rank([_measure(row, by) for row in rows])
    return Ranking(
        ranked_count=len(ranking.placed),
        ranked=[
            RankedCreator(
                campaign_creator=CampaignCreator.from_row(members[each.key]),
                rate=Rate.of(each.rate),
                rank=each.rank,
                rank_low=each.rank_low,
                rank_high=each.rank_high,
                is_tied_with_first=each.rank_low == 1,
            )
            for each in ranking.placed[:first]
        ],
        without_enough_data_count=len(ranking.unplaced),
        without_enough_data=[
            UnrankedCreator(
                campaign_creator=CampaignCreator.from_row(members[each.key]),
                rate=Rate.estimate(each.numerator, each.denominator),
            )
            for each in ranking.unplaced[:first]
        ],
    )


def _measure(row: PerformanceRow, by: RateMeasure) -> Contender:
    if by is RateMeasure.CONVERSION_RATE:
        return Contender(row.membership.id, row.of_clicks, row.counts.unique_clicks)
    followers = row.audience.followers if row.audience else None
    return Contender(row.membership.id, row.counts.unique_clicks, followers)
