"""Reports: counts of a range, and how they went over time. The same for every node that is reported on."""

import datetime as dt
from itertools import zip_longest
from typing import Annotated, Self

import strawberry

from api.accounts.loaders import find_zone
from api.context import Context, Info
from api.enums import publish_enum
from api.errors import refuse_input
from api.heat_maps.loaders import make_hour_of_week_loader
from api.heat_maps.types import HeatMapCell, make_cells
from api.metrics.queries import read_pieces, read_points, read_range
from api.metrics.types import Metrics
from api.reports.loaders import ReportKey, make_bucket_loader, make_outcome_bucket_loader, make_total_loader
from api.scalars import BigInt
from tracking.clock import utc_now
from tracking.reports.comparing import Compared, PreviousKind, find_previous_span, list_pieces
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Freshness, add_counts
from tracking.reports.ranges import Preset, ReportRange
from tracking.reports.rates import Rate as EstimatedRate
from tracking.reports.rates import estimate_rate
from tracking.reports.scopes import Grain
from tracking.reports.series import Interval, Span, TooManyPointsError, find_read_grain, list_spans, spread

publish_enum(
    Preset,
    "Calendar days of the account's time zone. What runs until now includes today.",
    {
        Preset.TODAY: "Today.",
        Preset.YESTERDAY: "Yesterday.",
        Preset.LAST_7_DAYS: "Today and the 6 days before.",
        Preset.LAST_30_DAYS: "Today and the 29 days before.",
        Preset.LAST_90_DAYS: "Today and the 89 days before.",
        Preset.MONTH_TO_DATE: "From the first of this month until today.",
        Preset.LAST_MONTH: "The calendar month before this one.",
        Preset.QUARTER_TO_DATE: "From the first of this quarter until today.",
        Preset.LAST_QUARTER: "The calendar quarter before this one.",
        Preset.YEAR_TO_DATE: "From the first of January until today.",
        Preset.LAST_12_MONTHS: "This month until today and the 11 months before.",
        Preset.LIFETIME: "Everything.",
    },
    name="RangePreset",
)
publish_enum(
    Interval,
    "How long each point of a series is, in the account's time zone.",
    {
        Interval.HOUR: "An hour.",
        Interval.DAY: "A calendar day.",
        Interval.WEEK: "A week of ISO 8601: from Monday.",
        Interval.MONTH: "A calendar month.",
    },
    name="Grain",
)
publish_enum(
    PreviousKind,
    "What came before a range.",
    {
        PreviousKind.PERIOD: "As long, right before it: before 7 days the 7 days before. Before a month, a quarter or a"
        " year of the calendar, and what has passed of one, the month, quarter or year before.",
        PreviousKind.YEAR: "The same dates, or the same hours, a year before.",
    },
)


@strawberry.input(description="Calendar days of the account's time zone.")
class DayRange:
    from_: dt.date = strawberry.field(name="from", description="The first day.")
    to: dt.date = strawberry.field(description="The last day, inclusive.")


@strawberry.input(
    description="From a moment to another. Reports widen it to whole hours of the account, as clicks are counted by "
    "the hour."
)
class InstantRange:
    from_: dt.datetime = strawberry.field(name="from", description="The first moment.")
    to: dt.datetime = strawberry.field(description="The end, exclusive.")


@strawberry.input(one_of=True, description="The range of a report, said in one of three ways.")
class DateRange:
    preset: Preset | None = strawberry.field(default=strawberry.UNSET, description="A range by its name.")
    days: DayRange | None = strawberry.field(default=strawberry.UNSET, description="From one day to another.")
    instants: InstantRange | None = strawberry.field(default=strawberry.UNSET, description="Moments.")


@strawberry.input(
    one_of=True,
    description="What a range is compared with. A range that is not over is compared with what had passed of the"
    " previous one, to the end of the hour that runs now.",
)
class Comparison:
    previous: PreviousKind | None = strawberry.field(default=strawberry.UNSET, description="What came before it.")
    range: DateRange | None = strawberry.field(
        default=strawberry.UNSET, description="Any other range, all of it: the first day beside the first day."
    )


@strawberry.type(description="The range that a report is really about.")
class ResolvedRange:
    from_: dt.datetime | None = strawberry.field(name="from", description="Inclusive; null for everything until `to`.")
    to: dt.datetime = strawberry.field(description="Exclusive.")

    @classmethod
    def from_range(cls, resolved: ReportRange) -> "ResolvedRange":
        return cls(from_=resolved.start, to=resolved.end)


@strawberry.type(description="A rate, and how sure it is: the bounds hold in 19 of 20 cases (Wilson, 95 %).")
class Rate:
    value: float = strawberry.field(description="`numerator / denominator`; may exceed 1 where it is no share.")
    low: float = strawberry.field(description="The lower bound.")
    high: float = strawberry.field(description="The upper bound.")
    numerator: BigInt = strawberry.field(description="What was counted.")
    denominator: BigInt = strawberry.field(description="Out of how many.")
    enough_data: bool = strawberry.field(description="True from 10 counted out of 100 on.")

    @classmethod
    def estimate(cls, numerator: int, denominator: int | None) -> "Rate | None":
        rate = estimate_rate(numerator, denominator or 0)
        return None if rate is None else cls.of(rate)

    @classmethod
    def of(cls, rate: EstimatedRate) -> "Rate":
        return cls(
            value=rate.value,
            low=rate.low,
            high=rate.high,
            numerator=BigInt(rate.numerator),
            denominator=BigInt(rate.denominator),
            enough_data=rate.has_enough_data,
        )


async def estimate_conversion_rate(context: Context, metrics: Metrics) -> Rate | None:
    """`metrics.conversionRate`, and how sure it is; None where that is null."""
    outcomes = await metrics.read_outcomes(context)
    return Rate.estimate(outcomes.of_clicks, None if outcomes.conversions is None else metrics.unique_clicks)


@strawberry.type(description="One point of a series.")
class Point:
    at: dt.datetime = strawberry.field(description="When it starts.")
    complete: bool = strawberry.field(description="True when it is over and all that was received of it is told.")
    metrics: Metrics = strawberry.field(description="Its counts; zero when nothing happened.")
    previous_at: dt.datetime | None = strawberry.field(
        description="When that starts which stands beside it in the range that it is compared with; null without"
        " `compareTo`, and where nothing is in its place."
    )
    previous: Metrics | None = strawberry.field(description="The counts of that.")


@strawberry.interface(description="What happened in a range. Each type of node has a report of its own.")
class Report:
    range: ResolvedRange = strawberry.field(description="The range that this is really about.")
    previous_range: ResolvedRange | None = strawberry.field(
        description="What it is compared with; null without `compareTo`."
    )
    as_of: dt.datetime = strawberry.field(description="What was received until then is in these figures.")
    backlog: BigInt = strawberry.field(
        description="Clicks, conversions and impressions that were received and are not in the figures yet, of the"
        " whole installation. A change of what a conversion is worth counts as one."
    )
    key: strawberry.Private[ReportKey]
    compared: strawberry.Private[Compared | None]
    dating: strawberry.Private[Dating]
    freshness: strawberry.Private[Freshness]

    @classmethod
    def about(cls, key: ReportKey, compared: Compared | None, dating: Dating, freshness: Freshness) -> Self:
        return cls(
            range=ResolvedRange.from_range(key.range),
            previous_range=ResolvedRange.from_range(compared.previous) if compared else None,
            as_of=freshness.as_of,
            backlog=BigInt(freshness.backlog),
            key=key,
            compared=compared,
            dating=dating,
            freshness=freshness,
        )

    @strawberry.field(description="The counts of the whole range.")
    async def totals(self, info: Info) -> Metrics:
        counts = await info.context.loader(make_total_loader).load(self.key)
        return Metrics.from_counts(counts, read_range(*self.key, self.dating))

    @strawberry.field(description="The counts of the range that it is compared with; null without `compareTo`.")
    async def previous(self, info: Info) -> Metrics | None:
        if self.compared is None:
            return None
        pieces = list_pieces(self.compared.previous, await find_zone(info.context))
        keys = [ReportKey(self.key.subject, piece) for piece in pieces]
        counts = add_counts(await info.context.loader(make_total_loader).load_many(keys))
        return Metrics.from_counts(counts, read_pieces(keys, self.dating))

    @strawberry.field(description="The range point by point, empty ones included, up to now; at most 1,000 points.")
    async def series(
        self, info: Info, grain: Annotated[Interval, strawberry.argument(description="How long each point is.")]
    ) -> list[Point]:
        try:
            return await list_points(info.context, self, grain)
        except TooManyPointsError as error:
            raise refuse_input(str(error)) from error

    @strawberry.field(
        description="When in the week clicks came: 168 hours of the account's time zone from Monday at midnight, zeros"
        " included. They add up to `totals`."
    )
    async def heat_map(self, info: Info) -> list[HeatMapCell]:
        return make_cells(await info.context.loader(make_hour_of_week_loader).load(self.key))


async def list_points(context: Context, report: Report, grain: Interval) -> list[Point]:
    subject, wanted = report.key
    zone = await find_zone(context)
    read = ReportKey(subject, wanted._replace(grain=find_read_grain(grain, wanted)))
    buckets = await context.loader(make_bucket_loader).load(read)
    starts = [buckets[0][0]] if buckets else []
    if wanted.start is None and (outcomes := await context.loader(make_outcome_bucket_loader).load(read)).rows:
        starts.append(outcomes.rows[0].bucket)
    spans = list_spans(grain, wanted, min(starts, default=None), zone, utc_now())
    beside = [find_previous_span(span, grain, report.compared, zone) for span in spans] if report.compared else []
    told = await _tell_spans(context, [read], spans, report.dating)
    told_beside = await _tell_previous(context, report, grain, [span for span in beside if span])
    return [
        Point(
            at=span.start,
            complete=span.end <= report.as_of,
            metrics=told[span],
            previous_at=previous.start if previous else None,
            previous=told_beside[previous] if previous else None,
        )
        for span, previous in zip_longest(spans, beside)
    ]


async def _tell_previous(context: Context, report: Report, grain: Interval, spans: list[Span]) -> dict[Span, Metrics]:
    """What stands beside the points of a series: days are read where they fit, as there."""
    if report.compared is None:
        return {}
    previous = report.compared.previous
    is_by_hour = find_read_grain(grain, report.compared.wanted) is Grain.HOUR
    zone = await find_zone(context)
    pieces = [previous._replace(grain=Grain.HOUR)] if is_by_hour else list_pieces(previous, zone)
    return await _tell_spans(context, [ReportKey(report.key.subject, each) for each in pieces], spans, report.dating)


async def _tell_spans(
    context: Context, keys: list[ReportKey], spans: list[Span], dating: Dating
) -> dict[Span, Metrics]:
    parts = await context.loader(make_bucket_loader).load_many(keys)
    counts = spread(spans, [bucket for part in parts for bucket in part])
    readers = read_points(keys, spans, dating)
    told = zip(spans, counts, readers, strict=True)
    return {span: Metrics.from_counts(sums, read_outcomes) for span, sums, read_outcomes in told}
