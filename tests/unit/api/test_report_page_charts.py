"""Charts and words of report pages, in exact places."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.report_pages.html_pages.asking import read_view
from api.report_pages.html_pages.charts import (
    NARROW,
    WIDE,
    ChartPoint,
    draw_bars,
    draw_heat,
    draw_series,
    find_peak,
    find_step,
    shorten_count,
)
from api.report_pages.html_pages.words import write_change, write_interval, write_money, write_range, write_share
from tracking.dimensions.hours_of_week import HourOfWeek
from tracking.money import Money
from tracking.reports.ranges import Preset, resolve_days
from tracking.reports.rates import estimate_rate

BERLIN = ZoneInfo("Europe/Berlin")
ASKED = st.one_of(st.text(max_size=40), st.dates().map(dt.date.isoformat), st.sampled_from(["TODAY", "handle", "asc"]))
NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def point(value: int, previous: int | None = None) -> ChartPoint:
    return ChartPoint("1 Nov", "1 November", f"{value}", value, previous)


class TestSeries:
    def test_points_stand_between_the_axes(self) -> None:
        chart = draw_series([point(0), point(4), point(2)], WIDE)
        assert chart.line == "M52.0 254.0L500.0 12.0L948.0 133.0"
        assert chart.area == "M52.0 254.0L500.0 12.0L948.0 133.0L948.0 254L52.0 254Z"
        assert [tick.text for tick in chart.ticks] == ["0", "1", "2", "3", "4"]

    def test_what_has_nothing_beside_it_is_a_gap(self) -> None:
        chart = draw_series([point(1, 1), point(1, None), point(1, 1)], NARROW)
        assert chart.previous.count("M") == 2

    def test_nothing_and_a_single_point_can_be_drawn(self) -> None:
        assert draw_series([], WIDE).line == ""
        one = draw_series([point(7)], WIDE)
        assert (one.area, one.dots[0].x) == ("", 500.0)

    @pytest.mark.parametrize(("largest", "step"), [(0, 1), (4, 1), (5, 2), (9, 5), (21, 10), (4_100, 2_000)])
    def test_an_axis_counts_in_round_numbers(self, largest: int, step: int) -> None:
        assert find_step(largest) == step

    def test_large_numbers_are_short_on_an_axis(self) -> None:
        assert [shorten_count(each) for each in (999, 1_500, 2_000_000)] == ["999", "1.5k", "2M"]


class TestHeat:
    def test_every_hour_of_the_week_has_a_box(self) -> None:
        clicks = {HourOfWeek(7, 23): 10, HourOfWeek(1, 0): 5}
        chart = draw_heat(clicks, WIDE)
        assert len(chart.boxes) == 168
        assert (chart.boxes[0].share, chart.boxes[0].text) == (0.5, "Monday 00:00: 5")
        assert (chart.boxes[-1].share, chart.boxes[-1].text) == (1.0, "Sunday 23:00: 10")
        assert find_peak(clicks) == HourOfWeek(7, 23)

    def test_of_equals_the_first_is_the_peak_and_nothing_has_none(self) -> None:
        assert find_peak({HourOfWeek(2, 1): 3, HourOfWeek(1, 5): 3}) == HourOfWeek(1, 5)
        assert find_peak({}) is None


def test_bars_are_as_long_as_their_share_and_long_names_are_cut() -> None:
    chart = draw_bars([("a" * 200, 10), ("b", 5)], WIDE)
    assert [bar.width for bar in chart.bars] == [576.0, 288.0]
    assert chart.bars[0].label == "a" * 21 + "…"


class TestWords:
    @pytest.mark.feature("CU6")
    def test_rates_have_the_digits_that_tell_something(self) -> None:
        rates = (240 / 80_000, 2_100 / 80_000, 0, 1.5)
        assert [write_share(rate) for rate in rates] == ["0.30%", "2.6%", "0.00%", "150.0%"]
        assert write_share(None) == "n/a"
        assert write_interval(estimate_rate(240, 80_000)) == "0.26% to 0.34%"

    def test_changes_are_told_with_their_direction(self) -> None:
        assert write_change(3, 2) == ("+50.0%", "up")
        assert write_change(1, 2) == ("-50.0%", "down")
        assert write_change(2, 2) == ("no change", "same")
        assert write_change(2, 0) == write_change(None, 2) == ("", "same")

    def test_currencies_are_never_added_together(self) -> None:
        assert write_money([Money(123_450, "EUR"), Money(900, "JPY")]) == "1,234.50 EUR + 900 JPY"
        assert write_money([]) == "0"

    def test_a_range_is_told_by_its_days(self) -> None:
        days = (dt.date(2025, 12, 30), dt.date(2026, 1, 2))
        assert write_range(resolve_days(*days, BERLIN), BERLIN) == "30 Dec 2025 to 2 Jan 2026"
        assert write_range(resolve_days(days[0], days[0], BERLIN), BERLIN) == "30 Dec 2025"


class TestAsking:
    def test_nothing_asks_for_the_last_30_days_with_those_before(self) -> None:
        view = read_view({}, BERLIN, NOW, shows_money=False)
        assert (view.preset, view.days) == (Preset.LAST_30_DAYS, ("2026-10-23", "2026-11-21"))
        assert view.asked.compared is not None
        assert view.write_query() == "?range=last_30_days&sort=unique_clicks&direction=desc"

    def test_days_are_taken_and_a_preset_leaves_them(self) -> None:
        view = read_view({"from": "2026-11-01", "to": "2026-11-03"}, BERLIN, NOW, shows_money=False)
        assert (view.preset, view.days, view.problem) == (None, ("2026-11-01", "2026-11-03"), None)
        assert view.write_query(range="today") == "?sort=unique_clicks&direction=desc&range=today"

    @pytest.mark.parametrize(
        "query",
        [
            {"from": "2026-11-03", "to": "2026-11-01"},
            {"from": "<script>"},
            {"from": "0001-01-01", "to": "9999-12-31"},
            {"from": "2026-02-30"},
        ],
    )
    def test_days_that_cannot_be_are_told_and_the_usual_ones_shown(self, query: dict[str, str]) -> None:
        view = read_view(query, BERLIN, NOW, shows_money=False)
        assert view.preset is Preset.LAST_30_DAYS
        assert view.problem is not None
        assert "script" not in view.problem

    @pytest.mark.parametrize("sort", ["stage", "net_value", "'; DROP TABLE link", ""])
    def test_only_columns_that_are_shown_can_be_sorted_by(self, sort: str) -> None:
        view = read_view({"sort": sort, "after": "junk"}, BERLIN, NOW, shows_money=False)
        assert (view.sorting, view.after) == (("UNIQUE_CLICKS", True), None)

    @given(st.dictionaries(st.sampled_from(["range", "from", "to", "sort", "direction", "after"]), ASKED))
    def test_whatever_is_asked_something_can_be_shown(self, query: dict[str, str]) -> None:
        view = read_view(query, BERLIN, NOW, shows_money=True)
        assert view.write_query().startswith("?")

    def test_days_to_come_are_empty_and_stay_as_they_were_given(self) -> None:
        view = read_view({"from": "2027-01-01", "to": "2027-01-31"}, BERLIN, NOW, shows_money=False)
        assert view.days == ("2027-01-01", "2027-01-31")

    def test_money_can_be_sorted_by_where_it_is_shown(self) -> None:
        assert read_view({"sort": "net_value"}, BERLIN, NOW, shows_money=True).sorting == ("NET_VALUE", True)
