import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tracking.errors import InvalidInputError
from tracking.reports.ranges import Preset, ReportRange, resolve_days, resolve_instants, resolve_preset
from tracking.reports.scopes import Grain

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 5, 20, 22, 30, tzinfo=dt.UTC)  # the 21st has begun in Berlin


def days_of(preset: Preset) -> tuple[str, str]:
    """The first and last day in Berlin."""
    found = resolve_preset(preset, NOW, BERLIN)
    assert found.start is not None
    last = found.end - dt.timedelta(seconds=1)
    return str(found.start.astimezone(BERLIN).date()), str(last.astimezone(BERLIN).date())


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        (Preset.TODAY, "2026-05-21", "2026-05-21"),
        (Preset.YESTERDAY, "2026-05-20", "2026-05-20"),
        (Preset.LAST_7_DAYS, "2026-05-15", "2026-05-21"),
        (Preset.LAST_30_DAYS, "2026-04-22", "2026-05-21"),
        (Preset.LAST_90_DAYS, "2026-02-21", "2026-05-21"),
        (Preset.MONTH_TO_DATE, "2026-05-01", "2026-05-21"),
        (Preset.LAST_MONTH, "2026-04-01", "2026-04-30"),
        (Preset.QUARTER_TO_DATE, "2026-04-01", "2026-05-21"),
        (Preset.LAST_QUARTER, "2026-01-01", "2026-03-31"),
        (Preset.YEAR_TO_DATE, "2026-01-01", "2026-05-21"),
        (Preset.LAST_12_MONTHS, "2025-06-01", "2026-05-21"),
    ],
)
def test_a_preset_is_days_of_the_accounts_zone(preset: Preset, first: str, last: str) -> None:
    assert days_of(preset) == (first, last)


def test_lifetime_has_no_beginning() -> None:
    found = resolve_preset(Preset.LIFETIME, NOW, BERLIN)

    assert found == ReportRange(None, dt.datetime(2026, 5, 21, 22, tzinfo=dt.UTC), Grain.TOTAL)


def test_days_are_inclusive_and_as_long_as_the_clocks_make_them() -> None:
    day = dt.date(2026, 3, 29)  # clocks go forward

    found = resolve_days(day, day, BERLIN)

    assert found == ReportRange(
        dt.datetime(2026, 3, 28, 23, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 22, tzinfo=dt.UTC), Grain.DAY
    )


def test_instants_are_widened_to_whole_hours_of_the_zone() -> None:
    kolkata = ZoneInfo("Asia/Kolkata")  # half an hour off
    start = dt.datetime(2026, 5, 1, 12, 10, tzinfo=dt.UTC)

    found = resolve_instants(start, start + dt.timedelta(minutes=1), kolkata)

    assert found == ReportRange(
        dt.datetime(2026, 5, 1, 11, 30, tzinfo=dt.UTC), dt.datetime(2026, 5, 1, 12, 30, tzinfo=dt.UTC), Grain.HOUR
    )


@pytest.mark.parametrize(("minutes", "hours"), [(119, 2), (120, 2), (121, 3)])
def test_an_hour_that_has_begun_belongs_to_the_range(minutes: int, hours: int) -> None:
    start = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)

    assert resolve_instants(start, start + dt.timedelta(minutes=minutes), BERLIN).end == start + dt.timedelta(
        hours=hours
    )


def test_instants_that_are_whole_days_are_read_as_days() -> None:
    start = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)

    assert resolve_instants(start, start + dt.timedelta(days=2), ZoneInfo("UTC")).grain is Grain.DAY
    assert resolve_instants(start, start + dt.timedelta(hours=25), ZoneInfo("UTC")).grain is Grain.HOUR


def test_ranges_reach_from_the_first_year_to_the_last() -> None:
    first, last = dt.date(1972, 1, 1), dt.date(9000, 12, 31)
    midnight = dt.datetime(1972, 1, 1, tzinfo=dt.UTC)

    assert resolve_days(first, last, ZoneInfo("UTC")).start == midnight
    assert resolve_instants(midnight, midnight + dt.timedelta(hours=1), ZoneInfo("UTC")).start == midnight
    for before, after in [(first - dt.timedelta(days=1), last), (first, last + dt.timedelta(days=1))]:
        with pytest.raises(InvalidInputError, match="between the years 1972 and 9000"):
            resolve_days(before, after, ZoneInfo("UTC"))


def test_a_range_that_cannot_be_meant_is_refused() -> None:
    day, moment = dt.date(2026, 5, 2), dt.datetime(2026, 5, 2, tzinfo=dt.UTC)

    with pytest.raises(InvalidInputError):
        resolve_days(day, dt.date(2026, 5, 1), BERLIN)
    with pytest.raises(InvalidInputError):
        resolve_days(dt.date(1, 1, 1), day, BERLIN)
    with pytest.raises(InvalidInputError):
        resolve_days(day, dt.date(9999, 12, 31), BERLIN)
    with pytest.raises(InvalidInputError):
        resolve_instants(moment, moment, BERLIN)
    with pytest.raises(InvalidInputError):
        resolve_instants(dt.datetime(1900, 1, 1, tzinfo=dt.UTC), moment, BERLIN)
