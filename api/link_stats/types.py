"""What the totals of a link are at a moment."""

import datetime as dt
from typing import Annotated

import strawberry

from api.context import Context, Info
from api.links.loaders import make_link_loader
from api.links.types import Link
from api.metrics.queries import hide_before_conversions
from api.metrics.types import Metrics
from tracking.reports.link_totals import LinkKey, LinkTotals
from tracking.reports.outcome_queries import Outcomes
from tracking.reports.outcomes import Dating
from tracking.reports.ranges import EVERYTHING


@strawberry.type(description="The totals of a link since it was made.")
class LinkStats:
    link_id: strawberry.ID = strawberry.field(description="Of which link, for who needs no more of it.")
    metrics: Metrics = strawberry.field(description="All counts; each message replaces the one before.")
    as_of: dt.datetime = strawberry.field(description="What was received until then is counted.")
    key: strawberry.Private[LinkKey]

    @strawberry.field(description="The link.")
    async def link(self, info: Info) -> Annotated[Link, strawberry.lazy("api.links.types")]:
        row = await info.context.loader(make_link_loader).load(self.key.link_id)
        if row is None:
            raise LookupError("links that somebody watches are never deleted from their table")
        return Link.from_row(row)


def tell_totals(link_id: strawberry.ID, key: LinkKey, totals: LinkTotals) -> LinkStats:
    async def read(context: Context) -> Outcomes:
        return await hide_before_conversions(context, totals.outcomes.tell(Dating.CONVERSION_TIME), EVERYTHING.end)

    metrics = Metrics.from_counts(totals.counts, read)
    return LinkStats(link_id=link_id, metrics=metrics, as_of=totals.as_of, key=key)
