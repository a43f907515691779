"""Ranks the account's creatives: `creativeRanking`."""

from typing import Annotated, Final, TypeAlias

import strawberry

from api.context import Info
from api.creative_rankings.types import CreativeRanking, RankedCreative
from api.creatives.loaders import make_creative_loader
from api.creatives.types import Creative
from api.errors import refuse_input
from api.metrics.queries import read_range
from api.metrics.types import Metrics
from api.permissions import IsReader
from api.ranged_metrics.queries import OptionalRange, read_optional_range
from api.reports.loaders import ReportKey, make_total_loader
from api.reports.types import Rate
from api.scalars import BigInt
from tracking.creatives.sent import count_sent_by_creative
from tracking.performance.ranking import Contender, Placed, rank
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.scopes import Scope

MAX_SHOWN: Final = 1_000
Shown: TypeAlias = Annotated[int, strawberry.argument(description="How many are shown, at most 1,000.")]


@strawberry.type
class CreativeRankingQuery:
    @strawberry.field(
        description="The creatives whose messages were sent, by how many of the recipients clicked, archived ones too."
        " All are compared, however many are shown.",
        permission_classes=[IsReader],
    )
    async def creative_ranking(self, info: Info, wanted: OptionalRange = None, first: Shown = 50) -> CreativeRanking:
        if not 0 <= first <= MAX_SHOWN:
            raise refuse_input(f"`first` must be from 0 to {MAX_SHOWN}.")
        context = info.context
        resolved = await read_optional_range(context, wanted)
        sent = await count_sent_by_creative(context.pool, context.account_id)
        subjects = {creative_id: Subject(Scope.CREATIVE, creative_id) for creative_id in sent}
        keys = [ReportKey(subject, resolved) for subject in subjects.values()]
        counts = dict(zip(sent, await context.loader(make_total_loader).load_many(keys), strict=True))
        ranking = rank([Contender(each, counts[each].unique_by_contact, count) for each, count in sent.items()])
        places: dict[int, Placed | None] = {each.key: each for each in ranking.placed}
        places |= {each.key: None for each in ranking.unplaced}
        shown = list(places)[:first]
        rows = await context.loader(make_creative_loader).load_many(shown)
        creatives = {creative_id: Creative.from_row(row) for creative_id, row in zip(shown, rows, strict=True) if row}

        def describe(creative_id: int) -> RankedCreative:
            place = places[creative_id]
            return RankedCreative(
                creative=creatives[creative_id],
                sent=BigInt(sent[creative_id]),
                metrics=Metrics.from_counts(
                    counts[creative_id], read_range(subjects[creative_id], resolved, Dating.CLICK_TIME)
                ),
                click_rate=Rate.estimate(counts[creative_id].unique_by_contact, sent[creative_id]),
                rank=place.rank if place else None,
                rank_low=place.rank_low if place else None,
                rank_high=place.rank_high if place else None,
            )

        listed = [describe(creative_id) for creative_id in creatives]
        is_alone = len(ranking.placed) > 1 and ranking.placed[0].rank_high == 1
        return CreativeRanking(creatives=listed, top_performer=listed[0].creative if is_alone and listed else None)
