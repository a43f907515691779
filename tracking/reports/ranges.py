"""From what a client asks for (a preset, days, instants) to instants at which buckets of the account start. Pure."""

import datetime as dt
from enum import StrEnum
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from tracking.errors import InvalidInputError
from tracking.reports.buckets import find_day_start, find_hour_after, find_hour_start
from tracking.reports.scopes import Grain

_DAY: Final = dt.timedelta(days=1)
FIRST_YEAR: Final = 1972  # before it, clocks did not change at whole minutes
LAST_YEAR: Final = 9000


class Preset(StrEnum):
    """Calendar days of the account's time zone; those that run until now include today."""

    TODAY = "TODAY"
    YESTERDAY = "YESTERDAY"
    LAST_7_DAYS = "LAST_7_DAYS"
    LAST_30_DAYS = "LAST_30_DAYS"
    LAST_90_DAYS = "LAST_90_DAYS"
    MONTH_TO_DATE = "MONTH_TO_DATE"
    LAST_MONTH = "LAST_MONTH"
    QUARTER_TO_DATE = "QUARTER_TO_DATE"
    LAST_QUARTER = "LAST_QUARTER"
    YEAR_TO_DATE = "YEAR_TO_DATE"
    LAST_12_MONTHS = "LAST_12_MONTHS"
    LIFETIME = "LIFETIME"


class ReportRange(NamedTuple):
    """`start` inclusive, None for everything; `end` exclusive. `grain` is the coarsest whose buckets fill it."""

    start: dt.datetime | None
    end: dt.datetime
    grain: Grain


EVERYTHING: Final = ReportRange(None, dt.datetime.max.replace(tzinfo=dt.UTC), Grain.TOTAL)  # the same in any time zone


def resolve_preset(preset: Preset, now: dt.datetime, zone: ZoneInfo) -> ReportRange:
    today = now.astimezone(zone).date()
    if preset is Preset.LIFETIME:
        return ReportRange(None, find_day_start(today + _DAY, zone), Grain.TOTAL)
    first, last = _find_days(preset, today)
    return resolve_days(first, last, zone)


def resolve_days(first: dt.date, last: dt.date, zone: ZoneInfo) -> ReportRange:
    """Both days inclusive. Raises InvalidInputError."""
    if last < first:
        raise InvalidInputError("a range ends on or after the day it starts on", ("range",))
    if not (first.year >= FIRST_YEAR and last.year <= LAST_YEAR):
        raise InvalidInputError(f"a range lies between the years {FIRST_YEAR} and {LAST_YEAR}", ("range",))
    return ReportRange(find_day_start(first, zone), find_day_start(last + _DAY, zone), Grain.DAY)


def resolve_instants(start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> ReportRange:
    """Widened to whole hours of the account, as clicks are counted by the hour. Raises InvalidInputError."""
    if end <= start:
        raise InvalidInputError("a range ends after it starts", ("range",))
    if not (start.year >= FIRST_YEAR and end.year <= LAST_YEAR):
        raise InvalidInputError(f"a range lies between the years {FIRST_YEAR} and {LAST_YEAR}", ("range",))
    first_hour, last_hour = find_hour_start(start, zone), find_hour_start(end, zone)
    until = last_hour if last_hour == end else find_hour_after(last_hour, zone)
    is_whole_days = starts_day(first_hour, zone) and starts_day(until, zone)
    return ReportRange(first_hour, until, Grain.DAY if is_whole_days else Grain.HOUR)


def starts_day(at: dt.datetime, zone: ZoneInfo) -> bool:
    return find_day_start(at.astimezone(zone).date(), zone) == at


def _find_days(preset: Preset, today: dt.date) -> tuple[dt.date, dt.date]:
    month, quarter = today.replace(day=1), today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    days = {
        Preset.TODAY: (today, today),
        Preset.YESTERDAY: (today - _DAY, today - _DAY),
        Preset.LAST_7_DAYS: (today - 6 * _DAY, today),
        Preset.LAST_30_DAYS: (today - 29 * _DAY, today),
        Preset.LAST_90_DAYS: (today - 89 * _DAY, today),
        Preset.MONTH_TO_DATE: (month, today),
        Preset.LAST_MONTH: (go_back_months(month, 1), month - _DAY),
        Preset.QUARTER_TO_DATE: (quarter, today),
        Preset.LAST_QUARTER: (go_back_months(quarter, 3), quarter - _DAY),
        Preset.YEAR_TO_DATE: (today.replace(month=1, day=1), today),
        Preset.LAST_12_MONTHS: (go_back_months(month, 11), today),
    }
    return days[preset]


def go_back_months(month: dt.date, count: int) -> dt.date:
    """The first of the month that lies `count` months before this first of a month."""
    years, months = divmod(month.year * 12 + month.month - 1 - count, 12)
    return dt.date(years, months + 1, 1)
