"""A range cut into points, and the buckets of rollups spread over them. Pure."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from tracking.reports.buckets import find_day_start, find_hour_after
from tracking.reports.outcome_queries import OutcomeRow
from tracking.reports.queries import Counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import Grain

MAX_POINTS: Final = 1_000
_DAY: Final = dt.timedelta(days=1)

Bucket: TypeAlias = tuple[dt.datetime, Counts]


class Interval(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Span(NamedTuple):
    start: dt.datetime
    end: dt.datetime


class TooManyPointsError(ValueError):
    """The range is too long for points this short."""


def find_read_grain(interval: Interval, wanted: ReportRange) -> Grain:
    """The rollups that a series is made of: days where they fit, which are fewer."""
    return Grain.HOUR if interval is Interval.HOUR or wanted.grain is Grain.HOUR else Grain.DAY


def list_spans(
    interval: Interval, wanted: ReportRange, first_bucket: dt.datetime | None, zone: ZoneInfo, now: dt.datetime
) -> list[Span]:
    """The points that have begun, each cut to the range. Everything begins with its first bucket.

    Raises TooManyPointsError.
    """
    start = wanted.start or first_bucket
    end = min(wanted.end, now)
    spans: list[Span] = []
    while start is not None and start < end:
        if len(spans) == MAX_POINTS:
            raise TooManyPointsError(f"this series has more than {MAX_POINTS} points: ask for a coarser grain")
        after = min(_find_end(interval, start, zone), wanted.end)
        spans.append(Span(start, after))
        start = after
    return spans


def spread(spans: Sequence[Span], buckets: Sequence[Bucket]) -> list[Counts]:
    """The sum of the buckets that start within each span."""
    starts = [span.start for span in spans]
    sums: list[list[int]] = [[0] * len(Counts._fields) for _ in spans]
    for at, counts in buckets:
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < spans[place].end:
            sums[place] = [total + count for total, count in zip(sums[place], counts, strict=True)]
    return [Counts(*each) for each in sums]


def spread_outcomes(spans: Sequence[Span], rows: Sequence[OutcomeRow]) -> list[list[OutcomeRow]]:
    """The rows of buckets that start within each span."""
    starts = [span.start for span in spans]
    spread_rows: list[list[OutcomeRow]] = [[] for _ in spans]
    for row in rows:
        place = bisect_right(starts, row.bucket) - 1
        if place >= 0 and row.bucket < spans[place].end:
            spread_rows[place].append(row)
    return spread_rows


def _find_end(interval: Interval, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Where the calendar's hour, day, week or month that holds this moment ends."""
    if interval is Interval.HOUR:
        return find_hour_after(start, zone)
    day = start.astimezone(zone).date()
    if interval is Interval.WEEK:
        following = day + dt.timedelta(days=7 - day.weekday())
    elif interval is Interval.MONTH:
        following = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    else:
        following = day + _DAY
    return find_day_start(following, zone)
