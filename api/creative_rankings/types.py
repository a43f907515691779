"""Which creative did best, and how sure that is (TR20)."""

import strawberry

from api.creatives.types import Creative
from api.metrics.types import Metrics
from api.reports.types import Rate
from api.scalars import BigInt


@strawberry.type(description="A creative's place. Which others may have it by chance is in its range.")
class RankedCreative:
    creative: Creative = strawberry.field(description="The creative.")
    sent: BigInt = strawberry.field(
        description="Recipients of its messages that the sender told of, but for the failed; of all time."
    )
    metrics: Metrics = strawberry.field(description="Counts of the range, of all its messages.")
    click_rate: Rate | None = strawberry.field(description="`uniqueMethods.contact / sent`: recipients who clicked.")
    rank: int | None = strawberry.field(
        description="The place by `clickRate.value` alone, 1 being the best; null with too little data."
    )
    rank_low: int | None = strawberry.field(
        description="The best place that it may truly have. All ranges hold together in 19 of 20 cases."
    )
    rank_high: int | None = strawberry.field(description="The worst place that it may truly have.")


@strawberry.type(description="Creatives by click rate, the best first; those with too little data come last.")
class CreativeRanking:
    creatives: list[RankedCreative] = strawberry.field(description="The first of them.")
    top_performer: Creative | None = strawberry.field(
        description="The one whose interval stands above those of all others; null while it may be by chance that"
        " it is first."
    )
