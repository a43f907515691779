"""Reports: counts of a range, and how they went over time. The same for every node that is reported on."""

import datetime as dt
from typing import Annotated

import strawberry

from api.accounts.loaders import find_zone
from api.context import Info
from api.enums import publish_enum
from api.errors import refuse_input
from api.metrics.queries import read_points, read_range
from api.metrics.types import Metrics
from api.reports.loaders import ReportKey, make_bucket_loader, make_outcome_bucket_loader, make_total_loader
from api.scalars import BigInt
from tracking.clock import utc_now
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Freshness, Subject
from tracking.reports.ranges import Preset, ReportRange
from tracking.reports.rates import estimate_rate
from tracking.reports.series import Interval, TooManyPointsError, find_read_grain, list_spans, spread

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
        if rate is None:
            return None
        return cls(
            value=rate.value,
            low=rate.low,
            high=rate.high,
            numerator=BigInt(rate.numerator),
            denominator=BigInt(rate.denominator),
            enough_data=rate.has_enough_data,
        )


@strawberry.type(description="One point of a series.")
class Point:
    at: dt.datetime = strawberry.field(description="When it starts.")
    complete: bool = strawberry.field(description="True when it is over and all that was received of it is told.")
    metrics: Metrics = strawberry.field(description="Its counts; zero when nothing happened.")


@strawberry.type(description="What happened in a range.")
class Report:
    range: ResolvedRange = strawberry.field(description="The range that this is really about.")
    as_of: dt.datetime = strawberry.field(description="What was received until then is in these figures.")
    backlog: BigInt = strawberry.field(
        description="Clicks, conversions and impressions that were received and are not in the figures yet, of the"
        " whole installation. A change of what a conversion is worth counts as one."
    )
    key: strawberry.Private[ReportKey]
    dating: strawberry.Private[Dating]
    freshness: strawberry.Private[Freshness]

    @classmethod
    def about(cls, subject: Subject, resolved: ReportRange, dating: Dating, freshness: Freshness) -> "Report":
        return cls(
            range=ResolvedRange.from_range(resolved),
            as_of=freshness.as_of,
            backlog=BigInt(freshness.backlog),
            key=ReportKey(subject, resolved),
            dating=dating,
            freshness=freshness,
        )

    @strawberry.field(description="The counts of the whole range.")
    async def totals(self, info: Info) -> Metrics:
        counts = await info.context.loader(make_total_loader).load(self.key)
        return Metrics.from_counts(counts, read_range(*self.key, self.dating))

    @strawberry.field(description="The range point by point, empty ones included, up to now; at most 1,000 points.")
    async def series(
        self, info: Info, grain: Annotated[Interval, strawberry.argument(description="How long each point is.")]
    ) -> list[Point]:
        subject, wanted = self.key
        zone = await find_zone(info.context)
        read = ReportKey(subject, wanted._replace(grain=find_read_grain(grain, wanted)))
        buckets = await info.context.loader(make_bucket_loader).load(read)
        starts = [buckets[0][0]] if buckets else []
        if wanted.start is None and (outcomes := await info.context.loader(make_outcome_bucket_loader).load(read)).rows:
            starts.append(outcomes.rows[0].bucket)
        try:
            spans = list_spans(grain, wanted, min(starts, default=None), zone, utc_now())
        except TooManyPointsError as error:
            raise refuse_input(str(error)) from error
        points = zip(spans, spread(spans, buckets), read_points(read, spans, self.dating), strict=True)
        as_of = self.freshness.as_of
        return [
            Point(at=span.start, complete=span.end <= as_of, metrics=Metrics.from_counts(counts, read_outcomes))
            for span, counts, read_outcomes in points
        ]
