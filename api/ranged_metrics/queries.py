"""Metrics of a range that may be left out, for fields that tell how something did."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import strawberry

from api.context import Context
from api.metrics.queries import read_range
from api.metrics.types import Metrics
from api.reports.loaders import ReportKey, make_total_loader
from api.reports.queries import resolve_range
from api.reports.types import DateRange
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.ranges import EVERYTHING, ReportRange

OptionalRange: TypeAlias = Annotated[
    DateRange | None, strawberry.argument(name="range", description="Of clicks; everything when left out.")
]


async def read_optional_range(context: Context, wanted: DateRange | None) -> ReportRange:
    return EVERYTHING if wanted is None else await resolve_range(context, wanted)


async def load_metrics(context: Context, subjects: Sequence[Subject], wanted: ReportRange) -> list[Metrics]:
    """Of all of them, in one statement of this operation; conversions by the click that earned them."""
    counts = await context.loader(make_total_loader).load_many([ReportKey(subject, wanted) for subject in subjects])
    return [
        Metrics.from_counts(each, read_range(subject, wanted, Dating.CLICK_TIME))
        for subject, each in zip(subjects, counts, strict=True)
    ]
