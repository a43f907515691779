import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.reports.queries import Counts
from tracking.reports.ranges import ReportRange, resolve_days, resolve_instants
from tracking.reports.scopes import Grain
from tracking.reports.series import Interval, Span, TooManyPointsError, find_read_grain, list_spans, spread

BERLIN = ZoneInfo("Europe/Berlin")
LATER = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def starts(interval: Interval, first: str, last: str) -> list[str]:
    wanted = resolve_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last), BERLIN)
    return [str(span.start.astimezone(BERLIN))[:16] for span in list_spans(interval, wanted, None, BERLIN, LATER)]


def test_a_day_without_clicks_is_a_point_too() -> None:
    assert starts(Interval.DAY, "2026-05-01", "2026-05-03") == [
        "2026-05-01 00:00", "2026-05-02 00:00", "2026-05-03 00:00"
    ]  # fmt: skip


def test_weeks_begin_on_monday_and_months_on_the_first_and_both_are_cut_to_the_range() -> None:
    assert starts(Interval.WEEK, "2026-05-06", "2026-05-18") == [
        "2026-05-06 00:00", "2026-05-11 00:00", "2026-05-18 00:00"
    ]  # fmt: skip
    assert starts(Interval.MONTH, "2026-01-31", "2026-03-02") == [
        "2026-01-31 00:00", "2026-02-01 00:00", "2026-03-01 00:00"
    ]  # fmt: skip


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-05-01", 24)])
def test_a_day_has_as_many_hours_as_the_clocks_make_it(day: str, hours: int) -> None:
    assert len(starts(Interval.HOUR, day, day)) == hours


def test_what_has_not_begun_is_no_point() -> None:
    wanted = resolve_days(dt.date(2026, 5, 1), dt.date(2026, 5, 31), BERLIN)

    spans = list_spans(Interval.DAY, wanted, None, BERLIN, dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC))

    assert len(spans) == 2


def test_everything_begins_with_its_first_bucket() -> None:
    wanted = ReportRange(None, LATER, Grain.TOTAL)
    first = dt.datetime(2026, 5, 1, 22, tzinfo=dt.UTC)

    assert list_spans(Interval.MONTH, wanted, first, BERLIN, first + dt.timedelta(hours=1)) == [
        Span(first, dt.datetime(2026, 5, 31, 22, tzinfo=dt.UTC))
    ]
    assert list_spans(Interval.MONTH, wanted, None, BERLIN, LATER) == []


def test_a_series_of_more_than_a_thousand_points_is_refused() -> None:
    assert len(starts(Interval.DAY, "2020-01-01", "2022-09-26")) == 1_000
    with pytest.raises(TooManyPointsError):
        starts(Interval.DAY, "2020-01-01", "2022-09-27")


def test_days_are_read_where_they_fit() -> None:
    days = resolve_days(dt.date(2026, 5, 1), dt.date(2026, 5, 1), BERLIN)
    odd = resolve_instants(LATER, LATER + dt.timedelta(hours=5), BERLIN)

    assert [find_read_grain(interval, days) for interval in Interval] == [Grain.HOUR, Grain.DAY, Grain.DAY, Grain.DAY]
    assert find_read_grain(Interval.DAY, odd) is Grain.HOUR


@given(st.lists(st.tuples(st.integers(0, 24 * 30 - 1), st.integers(0, 9))), st.sampled_from(Interval))
def test_the_points_of_a_range_add_up_to_its_buckets(hours: list[tuple[int, int]], interval: Interval) -> None:
    wanted = resolve_days(dt.date(2026, 4, 1), dt.date(2026, 4, 30), BERLIN)
    assert wanted.start is not None
    start = wanted.start
    buckets = [(start + dt.timedelta(hours=hour), Counts(human_clicks=count)) for hour, count in sorted(hours)]

    points = spread(list_spans(interval, wanted, None, BERLIN, LATER), buckets)

    assert sum(point.human_clicks for point in points) == sum(count for _, count in hours)
