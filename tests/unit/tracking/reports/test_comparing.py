import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.errors import InvalidInputError
from tracking.reports.comparing import (
    Compared,
    PreviousKind,
    compare_with_previous,
    compare_with_range,
    find_previous_span,
    list_pieces,
)
from tracking.reports.ranges import Preset, ReportRange, resolve_days, resolve_instants, resolve_preset
from tracking.reports.scopes import Grain
from tracking.reports.series import Interval, list_spans

pytestmark = pytest.mark.feature("LO13", "R12")

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 5, 20, 22, 30, tzinfo=dt.UTC)  # half an hour into the 21st in Berlin
LATER = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
PERIOD, YEAR = PreviousKind.PERIOD, PreviousKind.YEAR


def compare_days(first: str, last: str, kind: PreviousKind, zone: ZoneInfo = BERLIN) -> Compared:
    wanted = resolve_days(dt.date.fromisoformat(first), dt.date.fromisoformat(last), zone)
    return compare_with_previous(wanted, None, kind, LATER, zone)


def tell(found: ReportRange, zone: ZoneInfo = BERLIN) -> tuple[str, str]:
    assert found.start is not None
    return str(found.start.astimezone(zone))[:16], str(found.end.astimezone(zone))[:16]


def pair(compared: Compared, interval: Interval, zone: ZoneInfo = BERLIN) -> list[tuple[str, str | None]]:
    """Where each point begins, and what stands beside it."""
    pairs = []
    for span in list_spans(interval, compared.wanted, None, zone, LATER):
        beside = find_previous_span(span, interval, compared, zone)
        start = str(beside.start.astimezone(zone)) if beside else None
        pairs.append((str(span.start.astimezone(zone))[5:], start[5:] if start else None))
    return pairs


class TestRange:
    @pytest.mark.parametrize(
        ("preset", "period", "year"),
        [
            (Preset.TODAY, ("2026-05-20 00:00", "2026-05-20 01:00"), ("2025-05-21 00:00", "2025-05-21 01:00")),
            (Preset.YESTERDAY, ("2026-05-19 00:00", "2026-05-20 00:00"), ("2025-05-20 00:00", "2025-05-21 00:00")),
            (Preset.LAST_7_DAYS, ("2026-05-08 00:00", "2026-05-14 01:00"), ("2025-05-15 00:00", "2025-05-21 01:00")),
            (Preset.LAST_30_DAYS, ("2026-03-23 00:00", "2026-04-21 01:00"), ("2025-04-22 00:00", "2025-05-21 01:00")),
            (Preset.MONTH_TO_DATE, ("2026-04-01 00:00", "2026-04-21 01:00"), ("2025-05-01 00:00", "2025-05-21 01:00")),
            (Preset.LAST_MONTH, ("2026-03-01 00:00", "2026-04-01 00:00"), ("2025-04-01 00:00", "2025-05-01 00:00")),
            (
                Preset.QUARTER_TO_DATE,
                ("2026-01-01 00:00", "2026-02-20 01:00"),
                ("2025-04-01 00:00", "2025-05-21 01:00"),
            ),
            (Preset.LAST_QUARTER, ("2025-10-01 00:00", "2026-01-01 00:00"), ("2025-01-01 00:00", "2025-04-01 00:00")),
            (Preset.YEAR_TO_DATE, ("2025-01-01 00:00", "2025-05-21 01:00"), ("2025-01-01 00:00", "2025-05-21 01:00")),
            (Preset.LAST_12_MONTHS, ("2024-06-01 00:00", "2025-05-21 01:00"), ("2024-06-01 00:00", "2025-05-21 01:00")),
        ],
    )  # fmt: skip
    def test_a_preset_is_compared_with_as_much_of_what_was_before(
        self, preset: Preset, period: tuple[str, str], year: tuple[str, str]
    ) -> None:
        wanted = resolve_preset(preset, NOW, BERLIN)

        assert tell(compare_with_previous(wanted, preset, PERIOD, NOW, BERLIN).previous) == period
        assert tell(compare_with_previous(wanted, preset, YEAR, NOW, BERLIN).previous) == year

    def test_a_long_month_is_compared_with_the_whole_short_one(self) -> None:
        now = dt.datetime(2026, 3, 31, 10, tzinfo=dt.UTC)
        wanted = resolve_preset(Preset.MONTH_TO_DATE, now, BERLIN)

        compared = compare_with_previous(wanted, Preset.MONTH_TO_DATE, PERIOD, now, BERLIN)

        assert tell(compared.previous) == ("2026-02-01 00:00", "2026-03-01 00:00")
        assert compared.previous.grain is Grain.DAY

    def test_days_are_compared_with_as_many_days_before_them(self) -> None:
        assert tell(compare_days("2026-03-29", "2026-04-04", PERIOD).previous) == (
            "2026-03-22 00:00", "2026-03-29 00:00"
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("first", "last", "before"),
        [
            ("2024-02-29", "2024-02-29", ("2023-02-28 00:00", "2023-03-01 00:00")),
            ("2024-02-29", "2024-03-02", ("2023-03-01 00:00", "2023-03-03 00:00")),
            ("2024-02-01", "2024-02-29", ("2023-02-01 00:00", "2023-03-01 00:00")),
            ("2025-02-28", "2025-02-28", ("2024-02-28 00:00", "2024-02-29 00:00")),
        ],
    )
    def test_the_same_dates_a_year_before_know_the_29th_of_february(
        self, first: str, last: str, before: tuple[str, str]
    ) -> None:
        assert tell(compare_days(first, last, YEAR).previous) == before

    def test_a_whole_february_is_compared_with_a_whole_february(self) -> None:
        now = dt.datetime(2025, 3, 5, tzinfo=dt.UTC)
        wanted = resolve_preset(Preset.LAST_MONTH, now, BERLIN)

        assert tell(compare_with_previous(wanted, Preset.LAST_MONTH, YEAR, now, BERLIN).previous) == (
            "2024-02-01 00:00", "2024-03-01 00:00"
        )  # fmt: skip

    def test_instants_are_compared_with_as_many_hours_or_the_same_ones_of_a_year_before(self) -> None:
        kolkata = ZoneInfo("Asia/Kolkata")
        start = dt.datetime(2026, 5, 1, 12, 30, tzinfo=dt.UTC)
        wanted = resolve_instants(start, start + dt.timedelta(hours=5), kolkata)

        period = compare_with_previous(wanted, None, PERIOD, LATER, kolkata).previous
        year = compare_with_previous(wanted, None, YEAR, LATER, kolkata).previous

        assert tell(period, kolkata) == ("2026-05-01 13:00", "2026-05-01 18:00")
        assert tell(year, kolkata) == ("2025-05-01 18:00", "2025-05-01 23:00")

    def test_instants_that_are_not_over_are_compared_with_what_had_passed(self) -> None:
        start = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
        wanted = resolve_instants(start, start + dt.timedelta(hours=20), BERLIN)

        previous = compare_with_previous(wanted, None, PERIOD, NOW, BERLIN).previous

        assert (previous.start, previous.end) == (
            start - dt.timedelta(hours=20), start - dt.timedelta(hours=9)
        )  # fmt: skip

    def test_what_has_not_begun_is_compared_with_nothing(self) -> None:
        wanted = resolve_days(dt.date(2026, 6, 1), dt.date(2026, 6, 7), BERLIN)

        previous = compare_with_previous(wanted, None, PERIOD, NOW, BERLIN).previous

        assert previous.start == previous.end

    def test_everything_has_nothing_before_it(self) -> None:
        lifetime = resolve_preset(Preset.LIFETIME, NOW, BERLIN)
        week = resolve_preset(Preset.LAST_7_DAYS, NOW, BERLIN)

        with pytest.raises(InvalidInputError, match="LIFETIME"):
            compare_with_previous(lifetime, Preset.LIFETIME, PERIOD, NOW, BERLIN)
        with pytest.raises(InvalidInputError, match="LIFETIME"):
            compare_with_range(week, lifetime)
        with pytest.raises(InvalidInputError, match="1972"):
            compare_days("1972-01-01", "1972-01-02", YEAR)

    @pytest.mark.parametrize("last", ["1972-01-02", "2026-01-01", "9000-12-31"])
    def test_a_period_that_would_begin_before_the_first_year_is_refused_however_long(self, last: str) -> None:
        with pytest.raises(InvalidInputError, match="1972"):
            compare_days("1972-01-01", last, PERIOD)
        with pytest.raises(InvalidInputError, match="1972"):
            compare_days("2026-11-20", "9000-12-31", PERIOD)


class TestPoints:
    def test_days_of_unequal_months_stand_beside_the_same_place(self) -> None:
        now = dt.datetime(2026, 4, 5, tzinfo=dt.UTC)
        wanted = resolve_preset(Preset.LAST_MONTH, now, BERLIN)
        compared = compare_with_previous(wanted, Preset.LAST_MONTH, PERIOD, now, BERLIN)

        pairs = [(at[:5], beside[:5] if beside else None) for at, beside in pair(compared, Interval.DAY)]

        assert pairs[:2] == [("03-01", "02-01"), ("03-02", "02-02")]
        assert pairs[27:] == [("03-28", "02-28"), ("03-29", None), ("03-30", None), ("03-31", None)]

    def test_dates_of_a_leap_year_stand_beside_the_same_dates(self) -> None:
        pairs = pair(compare_days("2024-02-28", "2024-03-01", YEAR), Interval.DAY)

        assert [(at[:5], beside and beside[:5]) for at, beside in pairs] == [
            ("02-28", "02-28"), ("02-29", None), ("03-01", "03-01")
        ]  # fmt: skip

    def test_the_hour_that_clocks_skip_is_beside_nothing(self) -> None:
        spring = pair(compare_days("2026-03-30", "2026-03-30", PERIOD), Interval.HOUR)

        assert spring[1:4] == [
            ("03-30 01:00:00+02:00", "03-29 01:00:00+01:00"),
            ("03-30 02:00:00+02:00", None),
            ("03-30 03:00:00+02:00", "03-29 03:00:00+02:00"),
        ]

    def test_the_hour_that_clocks_repeat_is_beside_nothing_the_second_time(self) -> None:
        autumn = pair(compare_days("2026-10-25", "2026-10-25", PERIOD), Interval.HOUR)

        assert autumn[2:5] == [
            ("10-25 02:00:00+02:00", "10-24 02:00:00+02:00"),
            ("10-25 02:00:00+01:00", None),
            ("10-25 03:00:00+01:00", "10-24 03:00:00+02:00"),
        ]
        assert len(autumn) == 25

    def test_weeks_stand_beside_as_many_days_and_months_beside_months(self) -> None:
        compared = compare_days("2026-05-06", "2026-05-18", PERIOD)
        months = compare_days("2024-02-29", "2024-04-15", YEAR)

        assert [beside and beside[:5] for _, beside in pair(compared, Interval.WEEK)] == ["04-23", "04-28", "05-05"]
        assert [beside and beside[:5] for _, beside in pair(months, Interval.MONTH)] == [None, "03-01", "04-01"]

    def test_a_range_that_somebody_chose_is_taken_from_its_first_day(self) -> None:
        wanted = resolve_days(dt.date(2026, 5, 1), dt.date(2026, 5, 3), BERLIN)
        other = resolve_days(dt.date(2025, 12, 24), dt.date(2025, 12, 25), BERLIN)

        pairs = pair(compare_with_range(wanted, other), Interval.DAY)

        assert [beside and beside[:5] for _, beside in pairs] == ["12-24", "12-25", None]

    @given(
        st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago"]),
        st.dates(dt.date(2023, 1, 1), dt.date(2026, 12, 31)),
        st.integers(0, 40),
        st.sampled_from(PreviousKind),
        st.sampled_from(Interval),
    )
    def test_what_stands_beside_points_never_overlaps_nor_leaves_the_range(
        self, name: str, first: dt.date, days: int, kind: PreviousKind, interval: Interval
    ) -> None:
        zone = ZoneInfo(name)
        compared = compare_days(str(first), str(first + dt.timedelta(days=days)), kind, zone)
        spans = list_spans(interval, compared.wanted, None, zone, LATER)[:1_000]

        beside = [find_previous_span(span, interval, compared, zone) for span in spans]
        known = [span for span in beside if span]

        assert compared.previous.start is not None
        assert all(before.end <= after.start for before, after in pairwise(known))
        assert all(compared.previous.start <= span.start < span.end <= compared.previous.end for span in known)
        if interval is Interval.DAY and kind is PERIOD:
            assert (known[0].start, known[-1].end) == (compared.previous.start, compared.previous.end)
            assert len(known) == len(spans)


def test_what_is_cut_in_a_day_is_read_as_days_and_its_last_hours() -> None:
    wanted = resolve_preset(Preset.LAST_7_DAYS, NOW, BERLIN)
    previous = compare_with_previous(wanted, Preset.LAST_7_DAYS, PERIOD, NOW, BERLIN).previous

    pieces = list_pieces(previous, BERLIN)

    assert [(*tell(piece), piece.grain) for piece in pieces] == [
        ("2026-05-08 00:00", "2026-05-14 00:00", Grain.DAY),
        ("2026-05-14 00:00", "2026-05-14 01:00", Grain.HOUR),
    ]
    assert list_pieces(wanted, BERLIN) == [wanted]
