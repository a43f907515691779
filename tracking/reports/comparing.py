"""What a range is compared with, and which part of it stands beside each point of a series. Pure."""

import datetime as dt
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tracking.errors import InvalidInputError
from tracking.reports.buckets import find_day_start, find_hour_after, find_hour_start
from tracking.reports.ranges import FIRST_YEAR, Preset, ReportRange, go_back_months, starts_day
from tracking.reports.scopes import Grain
from tracking.reports.series import Interval, Span

_DAY: Final = dt.timedelta(days=1)
_FIRST: Final = dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC)
# The period before a preset of calendar months begins so many months earlier. That of the others is as long as they.
_MONTHS: Final = {
    Preset.MONTH_TO_DATE: 1,
    Preset.LAST_MONTH: 1,
    Preset.QUARTER_TO_DATE: 3,
    Preset.LAST_QUARTER: 3,
}
_OF_YEARS: Final = frozenset({Preset.YEAR_TO_DATE, Preset.LAST_12_MONTHS})


class PreviousKind(StrEnum):
    PERIOD = "PERIOD"
    YEAR = "YEAR"


class Alignment(StrEnum):
    """What has the same place in both ranges."""

    PLACE = "PLACE"  # the first day and the first day
    DATE = "DATE"  # the same date of the year before
    ELAPSED = "ELAPSED"  # what is as long after the start


class Compared(NamedTuple):
    """A range and what it is compared with; both have a start."""

    wanted: ReportRange
    previous: ReportRange
    alignment: Alignment


class _Hour(NamedTuple):
    """Where an hour is in a day: by the clock, and the how manieth of that name."""

    hour: int
    repeats: int


def compare_with_previous(
    wanted: ReportRange, preset: Preset | None, kind: PreviousKind, now: dt.datetime, zone: ZoneInfo
) -> Compared:
    """What is not over at `now` is compared with the part before that is as far, to the end of its hour.

    Raises InvalidInputError for what has nothing before it.
    """
    start = _find_start(wanted)
    if kind is PreviousKind.PERIOD and wanted.end - start > start - _FIRST:  # dates end where years have no number
        raise _refuse_earlier()
    if wanted.grain is Grain.HOUR:
        compared = Compared(wanted, _shift_instants(start, wanted.end, kind, zone), Alignment.ELAPSED)
    elif kind is PreviousKind.YEAR or preset in _OF_YEARS:
        compared = Compared(wanted, _shift_year(start, wanted.end, preset, zone), Alignment.DATE)
    else:
        compared = Compared(wanted, _find_period_before(start, wanted.end, preset, zone), Alignment.PLACE)
    if _find_start(compared.previous).year < FIRST_YEAR:
        raise _refuse_earlier()
    return _cut_to_elapsed(compared, now, zone)


def compare_with_range(wanted: ReportRange, previous: ReportRange) -> Compared:
    """With a range that somebody chose, all of it. Raises InvalidInputError when one is everything."""
    _find_start(wanted)
    _find_start(previous)
    alignment = Alignment.ELAPSED if wanted.grain is Grain.HOUR else Alignment.PLACE
    return Compared(wanted, previous, alignment)


def list_pieces(wanted: ReportRange, zone: ZoneInfo) -> list[ReportRange]:
    """The same range, read with fewer rows: its days as days, and what is left of the last one as hours."""
    start = wanted.start
    last_day_at = find_day_start(wanted.end.astimezone(zone).date(), zone)
    if wanted.grain is not Grain.HOUR or start is None or not starts_day(start, zone) or last_day_at <= start:
        return [wanted]
    return [ReportRange(start, last_day_at, Grain.DAY), ReportRange(last_day_at, wanted.end, Grain.HOUR)]


def find_previous_span(span: Span, interval: Interval, compared: Compared, zone: ZoneInfo) -> Span | None:
    """What stands beside a point of the wanted range; None where the other range has nothing in that place."""
    previous_start = _find_start(compared.previous)
    if compared.alignment is Alignment.ELAPSED:
        shift = previous_start - _find_start(compared.wanted)
        found: Span | None = Span(span.start + shift, span.end + shift)
    elif interval is Interval.HOUR:
        found = _find_hour_beside(span, compared, zone)
    elif interval is Interval.MONTH:
        found = _find_month_beside(span, compared, zone)
    else:
        found = _find_days_beside(span, compared, zone)
    if found is None:
        return None
    cut = Span(max(found.start, previous_start), min(found.end, compared.previous.end))
    return cut if cut.start < cut.end else None


def _refuse_earlier() -> InvalidInputError:
    return InvalidInputError(f"what is compared lies after the year {FIRST_YEAR}", ("compareTo",))


def _find_start(wanted: ReportRange) -> dt.datetime:
    if wanted.start is None:
        raise InvalidInputError("LIFETIME cannot be compared: nothing is before it", ("compareTo",))
    return wanted.start


def _find_period_before(start: dt.datetime, end: dt.datetime, preset: Preset | None, zone: ZoneInfo) -> ReportRange:
    first, until = start.astimezone(zone).date(), end.astimezone(zone).date()
    months = _MONTHS.get(preset) if preset else None
    before = go_back_months(first, months) if months else first - (until - first)
    return ReportRange(find_day_start(before, zone), start, Grain.DAY)


def _shift_year(start: dt.datetime, end: dt.datetime, preset: Preset | None, zone: ZoneInfo) -> ReportRange:
    """The same dates. The 29th of February that a year does not have is its 28th alone, or at the end of a range."""
    first, until = start.astimezone(zone).date(), end.astimezone(zone).date()
    if preset is Preset.LAST_MONTH:
        until_before = go_back_months(until, 12)
    else:
        until_before = _find_date_before(until - _DAY)[0] + _DAY
    first_before, is_same = _find_date_before(first)
    if not is_same and until - first > _DAY:
        first_before += _DAY
    return ReportRange(find_day_start(first_before, zone), find_day_start(until_before, zone), Grain.DAY)


def _shift_instants(start: dt.datetime, end: dt.datetime, kind: PreviousKind, zone: ZoneInfo) -> ReportRange:
    if kind is PreviousKind.PERIOD:
        return ReportRange(find_hour_start(start - (end - start), zone), start, Grain.HOUR)
    local = start.astimezone(zone)
    day_before, _ = _find_date_before(local.date())
    start_before = find_hour_start(dt.datetime.combine(day_before, local.timetz()).astimezone(dt.UTC), zone)
    return ReportRange(start_before, start_before + (end - start), Grain.HOUR)


def _find_date_before(day: dt.date) -> tuple[dt.date, bool]:
    """The same date a year before and whether it is the same: the 28th of February stands in for the 29th."""
    if (day.month, day.day) == (2, 29):
        return dt.date(day.year - 1, 2, 28), False
    return day.replace(year=day.year - 1), True


def _cut_to_elapsed(compared: Compared, now: dt.datetime, zone: ZoneInfo) -> Compared:
    wanted, previous, alignment = compared
    start, previous_start = _find_start(wanted), _find_start(previous)
    if now >= wanted.end:
        return compared
    if now < start:
        until = previous_start
    elif alignment is Alignment.ELAPSED:
        until = previous_start + (find_hour_after(find_hour_start(now, zone), zone) - start)
    else:
        until = _find_same_hour_end(compared, now, zone)
    end = min(previous.end, until)
    grain = Grain.DAY if alignment is not Alignment.ELAPSED and starts_day(end, zone) else Grain.HOUR
    return Compared(wanted, ReportRange(previous_start, end, grain), alignment)


def _find_same_hour_end(compared: Compared, now: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    day, is_same = _find_day_beside(now.astimezone(zone).date(), compared, zone)
    following = find_day_start(day + _DAY, zone)
    if not is_same:
        return following
    place = _find_place(now, zone)
    later = (start for each, start in _list_hours(day, zone).items() if each > place)
    return next(later, following)


def _find_day_beside(day: dt.date, compared: Compared, zone: ZoneInfo) -> tuple[dt.date, bool]:
    """And whether it has the same place: no day of another year has that of a 29th of February."""
    if compared.alignment is Alignment.DATE:
        return _find_date_before(day)
    first = _find_start(compared.wanted).astimezone(zone).date()
    return _find_start(compared.previous).astimezone(zone).date() + (day - first), True


def _find_days_beside(span: Span, compared: Compared, zone: ZoneInfo) -> Span | None:
    """A day, or as many days as there are in a week or what a range has of it."""
    first, last = span.start.astimezone(zone).date(), (span.end - dt.timedelta(seconds=1)).astimezone(zone).date()
    first_beside, is_first_same = _find_day_beside(first, compared, zone)
    last_beside, _ = _find_day_beside(last, compared, zone)
    start = find_day_start(first_beside if is_first_same else first_beside + _DAY, zone)
    return Span(start, find_day_start(last_beside + _DAY, zone))


def _find_month_beside(span: Span, compared: Compared, zone: ZoneInfo) -> Span:
    """The first month and the first month, or the same a year before, each as far as it is in its range."""
    month = span.start.astimezone(zone).date()
    first = _find_start(compared.wanted).astimezone(zone).date()
    first_beside = _find_start(compared.previous).astimezone(zone).date().replace(day=1)
    months = (month.year - first.year) * 12 + month.month - first.month
    is_by_date = compared.alignment is Alignment.DATE
    beside = go_back_months(month.replace(day=1), 12) if is_by_date else go_back_months(first_beside, -months)
    return Span(find_day_start(beside, zone), find_day_start(go_back_months(beside, -1), zone))


def _find_hour_beside(span: Span, compared: Compared, zone: ZoneInfo) -> Span | None:
    """The hour of the same name. One that the other day does not have, or has once less, is beside nothing."""
    day, is_same = _find_day_beside(span.start.astimezone(zone).date(), compared, zone)
    start = _list_hours(day, zone).get(_find_place(span.start, zone)) if is_same else None
    return Span(start, find_hour_after(start, zone)) if start else None


def _find_place(at: dt.datetime, zone: ZoneInfo) -> _Hour:
    hour_at = find_hour_start(at, zone)
    places = _list_hours(at.astimezone(zone).date(), zone)
    return next(place for place, start in places.items() if start == hour_at)


@lru_cache(maxsize=1_000)
def _list_hours(day: dt.date, zone: ZoneInfo) -> dict[_Hour, dt.datetime]:
    """When each hour of a day starts, in order. Not to be changed: it is shared."""
    hours: dict[_Hour, dt.datetime] = {}
    hour_at, following = find_day_start(day, zone), find_day_start(day + _DAY, zone)
    while hour_at < following:
        hour = hour_at.astimezone(zone).hour
        hours[_Hour(hour, sum(each.hour == hour for each in hours))] = hour_at
        hour_at = find_hour_after(hour_at, zone)
    return hours
