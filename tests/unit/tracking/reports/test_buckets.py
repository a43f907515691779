"""Hours and days of time zones whose clocks do not make it easy."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tracking.reports.buckets import find_buckets, find_day_start, find_hour_after, find_hour_start


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def ms(text: str) -> int:
    return int(utc(text).timestamp() * 1000)


@pytest.mark.feature("R12")
class TestBucketsOfAnInstant:
    def test_an_hour_and_a_day_start_where_the_zone_says(self) -> None:
        found = find_buckets(ms("2026-11-20T20:59:59"), ZoneInfo("America/New_York"))

        assert found == (dt.date(2026, 11, 20), utc("2026-11-20T20:00"), utc("2026-11-20T05:00"))

    def test_hours_of_a_half_hour_zone_start_at_half_past(self) -> None:
        found = find_buckets(ms("2026-11-20T18:29:59"), ZoneInfo("Asia/Kolkata"))

        assert found == (dt.date(2026, 11, 20), utc("2026-11-20T17:30"), utc("2026-11-19T18:30"))

    def test_the_hour_that_is_repeated_in_autumn_is_two_hours_of_one_day(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        first, second = find_buckets(ms("2026-10-25T00:30"), berlin), find_buckets(ms("2026-10-25T01:30"), berlin)

        assert (first.hour_at, second.hour_at) == (utc("2026-10-25T00:00"), utc("2026-10-25T01:00"))
        assert first.day_at == second.day_at == utc("2026-10-24T22:00")

    def test_a_day_without_a_midnight_starts_at_the_change(self) -> None:
        assert find_day_start(dt.date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == utc("2018-11-04T03:00")

    def test_a_day_with_two_midnights_starts_at_the_first(self) -> None:
        assert find_day_start(dt.date(2026, 11, 1), ZoneInfo("America/Havana")) == utc("2026-11-01T04:00")


ZONES = (
    "Europe/Berlin",
    "Australia/Lord_Howe",  # clocks move by half an hour
    "America/St_Johns",  # until 2011 they moved a minute past midnight
    "Pacific/Chatham",  # hours start at a quarter past
    "America/Havana",
    "Asia/Kathmandu",
)


@pytest.mark.feature("R12")
@pytest.mark.parametrize("name", ZONES)
def test_every_minute_of_a_year_is_in_exactly_one_hour(name: str) -> None:
    zone = ZoneInfo(name)
    hour_at = find_hour_start(utc("2011-01-01T12:00"), zone)
    while hour_at < utc("2012-01-01T00:00"):
        following = find_hour_after(hour_at, zone)
        minutes = int((following - hour_at).total_seconds() // 60)
        assert 0 < minutes <= 60
        assert {find_hour_start(hour_at + dt.timedelta(minutes=minute), zone) for minute in (0, minutes - 1)} == {
            hour_at
        }
        assert find_hour_start(hour_at + dt.timedelta(minutes=minutes // 2), zone) == hour_at
        hour_at = following
