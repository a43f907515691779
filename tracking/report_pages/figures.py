"""What a report page tells of its subject: headline, series, hours of the week. A constant number of statements."""

import datetime as dt
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg

from tracking.dimensions.hours_of_week import HourOfWeek, read_hours_of_week
from tracking.report_pages.queries import OpenedPage
from tracking.reports.comparing import Compared, find_previous_span, list_pieces
from tracking.reports.outcome_queries import (
    NOTHING_FOUND,
    FoundOutcomes,
    Outcomes,
    hide_unknown,
    join_found,
    read_outcome_buckets,
    read_outcomes,
    sum_outcomes,
)
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Counts, Subject, add_counts, read_buckets, read_totals
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Grain
from tracking.reports.series import Bucket, Interval, Span, list_spans, spread, spread_outcomes

_HOURS_UNTIL: Final = dt.timedelta(days=2, hours=1)
_DAYS_UNTIL: Final = dt.timedelta(days=100)
_WEEKS_UNTIL: Final = dt.timedelta(days=740)
_HOURS_LOOK_BACK: Final = dt.timedelta(days=400)


class Told(NamedTuple):
    """Of one range, or of one point of it."""

    counts: Counts
    outcomes: Outcomes

    @property
    def total_clicks(self) -> int:
        return sum(self.counts[:6])


class Headline(NamedTuple):
    """`previous` is None where nothing is compared."""

    now: Told
    previous: Told | None


class SeriesPoint(NamedTuple):
    span: Span
    told: Told
    previous_unique_clicks: int | None


class Series(NamedTuple):
    interval: Interval
    points: list[SeriesPoint]


class Asked(NamedTuple):
    """The range that somebody looks at, and what stands beside it, at one moment."""

    wanted: ReportRange
    compared: Compared | None
    now: dt.datetime
    zone: ZoneInfo


async def read_headline(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> Headline:
    previous = None
    if asked.compared is not None:
        previous = await _tell(pool, page, list_pieces(asked.compared.previous, asked.zone))
    return Headline(await _tell(pool, page, [asked.wanted]), previous)


async def read_series(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> Series:
    """By hours, days, weeks or months: whichever a page has room for."""
    is_short = asked.wanted.start is not None and _measure(asked, None) <= _HOURS_UNTIL
    grain = Grain.HOUR if is_short or asked.wanted.grain is Grain.HOUR else Grain.DAY
    wanted = asked.wanted._replace(grain=grain)
    subject = page.subject
    buckets = (await read_buckets(pool, page.account_id, [subject], wanted)).get(subject, [])
    found = (await read_outcome_buckets(pool, page.account_id, [subject], wanted)).get(subject, NOTHING_FOUND)
    first = min([*(at for at, _ in buckets[:1]), *(row.bucket for row in found.rows[:1])], default=None)
    interval = _choose_interval(asked, first, is_short=is_short)
    spans = list_spans(interval, asked.wanted, first, asked.zone, asked.now)
    beside = await _read_beside(pool, page, asked, spans, interval)
    return Series(interval, _write_points(page, spans, buckets, found, beside))


async def read_heat(pool: asyncpg.Pool, page: OpenedPage, asked: Asked) -> dict[HourOfWeek, int]:
    """Unique clicks; of the last 400 days at most, as hours are many."""
    start = asked.now - _HOURS_LOOK_BACK
    wanted = asked.wanted._replace(start=max(asked.wanted.start or start, start))
    hours = (await read_hours_of_week(pool, page.account_id, [page.subject], wanted)).get(page.subject, {})
    return {hour: counts.unique_clicks for hour, counts in hours.items()}


async def tell_parts(
    pool: asyncpg.Pool, page: OpenedPage, subjects: list[Subject], wanted: ReportRange
) -> dict[Subject, Told]:
    """The same of other subjects of the account, all together."""
    counts = await read_totals(pool, page.account_id, subjects, wanted)
    outcomes = await read_outcomes(pool, page.account_id, subjects, wanted)
    return {
        subject: _hide(page, counts.get(subject, Counts()), outcomes.get(subject, NOTHING_FOUND), wanted.end)
        for subject in subjects
    }


async def _tell(pool: asyncpg.Pool, page: OpenedPage, pieces: list[ReportRange]) -> Told:
    """Of ranges that follow one another."""
    counts, found = [], []
    for piece in pieces:
        totals = await read_totals(pool, page.account_id, [page.subject], piece)
        counts.append(totals.get(page.subject, Counts()))
        outcomes = await read_outcomes(pool, page.account_id, [page.subject], piece)
        found.append(outcomes.get(page.subject, NOTHING_FOUND))
    return _hide(page, add_counts(counts), join_found(found), pieces[-1].end)


def _hide(page: OpenedPage, counts: Counts, found: FoundOutcomes, end: dt.datetime) -> Told:
    return Told(counts, hide_unknown(found.tell(Dating.CONVERSION_TIME), page.conversions_since, end))


def _measure(asked: Asked, first: dt.datetime | None) -> dt.timedelta:
    start, end = asked.wanted.start or first, min(asked.wanted.end, asked.now)
    return end - start if start and end > start else dt.timedelta()


def _choose_interval(asked: Asked, first: dt.datetime | None, *, is_short: bool) -> Interval:
    if is_short:
        return Interval.HOUR
    length = _measure(asked, first)
    if length <= _DAYS_UNTIL:
        return Interval.DAY
    return Interval.WEEK if length <= _WEEKS_UNTIL else Interval.MONTH


async def _read_beside(
    pool: asyncpg.Pool, page: OpenedPage, asked: Asked, spans: list[Span], interval: Interval
) -> list[int | None]:
    """Unique clicks of what stands beside each point."""
    if asked.compared is None:
        return [None] * len(spans)
    previous = asked.compared.previous
    is_by_hour = interval is Interval.HOUR
    pieces = [previous._replace(grain=Grain.HOUR)] if is_by_hour else list_pieces(previous, asked.zone)
    buckets: list[Bucket] = []
    for piece in pieces:
        buckets += (await read_buckets(pool, page.account_id, [page.subject], piece)).get(page.subject, [])
    beside = [find_previous_span(span, interval, asked.compared, asked.zone) for span in spans]
    counts = iter(spread([span for span in beside if span], buckets))
    return [next(counts).unique_clicks if span else None for span in beside]


def _write_points(
    page: OpenedPage, spans: list[Span], buckets: list[Bucket], found: FoundOutcomes, beside: list[int | None]
) -> list[SeriesPoint]:
    outcomes = [
        sum_outcomes(rows, Dating.CONVERSION_TIME, has_impressions=found.has_impressions)
        for rows in spread_outcomes(spans, found.rows)
    ]
    return [
        SeriesPoint(span, Told(counts, hide_unknown(told, page.conversions_since, span.end)), previous)
        for span, counts, told, previous in zip(spans, spread(spans, buckets), outcomes, beside, strict=True)
    ]
