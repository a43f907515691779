"""Figures and moments as a page says them, in English. Pure."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from tracking.money import Money
from tracking.reports.ranges import Preset, ReportRange
from tracking.reports.rates import Rate
from tracking.reports.series import Interval, Span

UNKNOWN: Final = "n/a"
PRESETS: Final = {
    Preset.TODAY: "Today",
    Preset.LAST_7_DAYS: "7 days",
    Preset.LAST_30_DAYS: "30 days",
    Preset.LAST_90_DAYS: "90 days",
    Preset.MONTH_TO_DATE: "This month",
    Preset.LAST_MONTH: "Last month",
    Preset.LIFETIME: "Everything",
}
_DAY: Final = dt.timedelta(days=1)


def write_count(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"


def write_share(value: float | None) -> str:
    """Per cent, with as many digits as tell something."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    digits = 2 if percent < 1 else 1
    return f"{percent:,.{digits}f}%"


def write_interval(rate: Rate | None) -> str:
    """How sure a rate is: its bounds hold 19 times out of 20."""
    if rate is None:
        return ""
    return f"{write_share(rate.low)} to {write_share(rate.high)}"


def write_money(amounts: Sequence[Money]) -> str:
    """By currency; never added together."""
    return " + ".join(f"{money.amount:,} {money.currency}" for money in amounts) or "0"


def write_change(now: float | None, before: float | None) -> tuple[str, str]:
    """How much more or less, and a word for its direction: `up`, `down` or `same`."""
    if now is None or before is None or not before:
        return "", "same"
    change = (now - before) / before
    if abs(change) < 0.0005:  # less than what is shown
        return "no change", "same"
    return f"{change * 100:+,.1f}%", "up" if change > 0 else "down"


def write_day(day: dt.date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def write_range(wanted: ReportRange, zone: ZoneInfo) -> str:
    """By its days; with hours, when it is not whole days."""
    if wanted.start is None:
        return "Everything until now"
    first, last = wanted.start.astimezone(zone), (wanted.end - dt.timedelta(seconds=1)).astimezone(zone)
    if last.date() == first.date():
        return write_day(first.date())
    start = f"{first.day} {first:%b}" + (f" {first.year}" if first.year != last.year else "")
    return f"{start} to {write_day(last.date())}"


def write_moment(at: dt.datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{write_day(local.date())}, {local:%H:%M}"


def name_point(span: Span, interval: Interval, zone: ZoneInfo) -> tuple[str, str]:
    """Short, for an axis, and in full."""
    local = span.start.astimezone(zone)
    if interval is Interval.HOUR:
        return f"{local:%H:%M}", f"{local.day} {local:%b}, {local:%H:%M}"
    if interval is Interval.MONTH:
        return f"{local:%b %y}", f"{local:%B} {local.year}"
    short = f"{local.day} {local:%b}"
    return short, f"{'Week of ' if interval is Interval.WEEK else ''}{write_day(local.date())}"
