"""Reports: counts of a range, and how they went over time. The same for every node that is reported on."""

import datetime as dt
from typing import Annotated

import strawberry

from api.accounts.loaders import find_zone
from api.context import Info
from api.enums import publish_enum
from api.errors import refuse_input
from api.reports.loaders import ReportKey, make_bucket_loader, make_total_loader
from api.scalars import BigInt
from tracking.clock import utc_now
from tracking.reports.queries import Counts, Freshness, Subject
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


@strawberry.type(
    description="Unique clicks by how their visitors were told apart, which is how sure they are. The four add up to "
    "`uniqueClicks`."
)
class UniqueMethods:
    contact: BigInt = strawberry.field(description="By the contact that the link was made for: as sure as its link.")
    cookie: BigInt = strawberry.field(description="By our cookie: one browser, so that a person with two is two.")
    hash: BigInt = strawberry.field(
        description="By a hash of the request, another one every day: people who share an address and a browser are "
        "one, and who changes networks is two."
    )
    none: BigInt = strawberry.field(
        description="By a hash that only one redirector could repeat, as it had no key for the day: a person whom two "
        "redirectors saw is two."
    )

    @classmethod
    def from_counts(cls, counts: Counts) -> "UniqueMethods":
        known = counts.unique_by_contact + counts.unique_by_cookie + counts.unique_by_hash
        return cls(
            contact=BigInt(counts.unique_by_contact),
            cookie=BigInt(counts.unique_by_cookie),
            hash=BigInt(counts.unique_by_hash),
            none=BigInt(counts.unique_clicks - known),
        )


@strawberry.type(description="Counts of clicks. Kinds add up to `totalClicks`; unique and repeat to `countedClicks`.")
class Metrics:
    total_clicks: BigInt = strawberry.field(description="Every request of a link, whoever made it.")
    human_clicks: BigInt = strawberry.field(description="Made by people, as far as anything tells.")
    suspect_clicks: BigInt = strawberry.field(description="Neither clearly a person's nor clearly a machine's.")
    bot_clicks: BigInt = strawberry.field(description="Made by machines.")
    preview_fetches: BigInt = strawberry.field(description="Made by an app that shows a preview of the link.")
    prefetches: BigInt = strawberry.field(description="Made by a browser ahead of a click that may never come.")
    test_clicks: BigInt = strawberry.field(description="Marked as tests by whoever made them.")
    counted_clicks: BigInt = strawberry.field(description="What counts by the account's policy.")
    unique_clicks: BigInt = strawberry.field(
        description="The headline: the first counted click of a visitor on a link in a day. Sums over links and days."
    )
    repeat_clicks: BigInt = strawberry.field(description="Counted clicks that are not unique.")
    bot_rate: float | None = strawberry.field(
        description="`botClicks / totalClicks`, from 0 to 1; null without clicks. Previews, prefetches and tests are in"
        " the denominator, and not in the numerator."
    )
    unique_methods: UniqueMethods = strawberry.field(description="How sure the unique clicks are.")

    @classmethod
    def from_counts(cls, counts: Counts) -> "Metrics":
        total = sum(counts[:6])
        return cls(
            total_clicks=BigInt(total),
            human_clicks=BigInt(counts.human_clicks),
            suspect_clicks=BigInt(counts.suspect_clicks),
            bot_clicks=BigInt(counts.bot_clicks),
            preview_fetches=BigInt(counts.preview_fetches),
            prefetches=BigInt(counts.prefetches),
            test_clicks=BigInt(counts.test_clicks),
            counted_clicks=BigInt(counts.counted_clicks),
            unique_clicks=BigInt(counts.unique_clicks),
            repeat_clicks=BigInt(counts.counted_clicks - counts.unique_clicks),
            bot_rate=counts.bot_clicks / total if total else None,
            unique_methods=UniqueMethods.from_counts(counts),
        )


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
    complete: bool = strawberry.field(description="True when it is over and every click of it is in these figures.")
    metrics: Metrics = strawberry.field(description="Its counts; all zero when nothing happened.")


@strawberry.type(description="What happened in a range.")
class Report:
    range: ResolvedRange = strawberry.field(description="The range that this is really about.")
    as_of: dt.datetime = strawberry.field(description="Every click until then is in these figures.")
    backlog: BigInt = strawberry.field(
        description="Clicks that were received and are not in the figures yet, of the whole installation."
    )
    key: strawberry.Private[ReportKey]
    freshness: strawberry.Private[Freshness]

    @classmethod
    def about(cls, subject: Subject, resolved: ReportRange, freshness: Freshness) -> "Report":
        return cls(
            range=ResolvedRange.from_range(resolved),
            as_of=freshness.as_of,
            backlog=BigInt(freshness.backlog),
            key=ReportKey(subject, resolved),
            freshness=freshness,
        )

    @strawberry.field(description="The counts of the whole range.")
    async def totals(self, info: Info) -> Metrics:
        return Metrics.from_counts(await info.context.loader(make_total_loader).load(self.key))

    @strawberry.field(description="The range point by point, empty ones included, up to now; at most 1,000 points.")
    async def series(
        self, info: Info, grain: Annotated[Interval, strawberry.argument(description="How long each point is.")]
    ) -> list[Point]:
        subject, wanted = self.key
        zone = await find_zone(info.context)
        read = ReportKey(subject, wanted._replace(grain=find_read_grain(grain, wanted)))
        buckets = await info.context.loader(make_bucket_loader).load(read)
        try:
            spans = list_spans(grain, wanted, buckets[0][0] if buckets else None, zone, utc_now())
        except TooManyPointsError as error:
            raise refuse_input(str(error)) from error
        counts = spread(spans, buckets)
        as_of = self.freshness.as_of
        return [
            Point(at=span.start, complete=span.end <= as_of, metrics=Metrics.from_counts(each))
            for span, each in zip(spans, counts, strict=True)
        ]
