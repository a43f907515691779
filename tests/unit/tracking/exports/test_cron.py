"""When schedules run, also where clocks change."""

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from tracking.errors import InvalidInputError
from tracking.exports.cron import check_cron, find_last_run, find_next_run, list_runs

BERLIN = ZoneInfo("Europe/Berlin")
KATHMANDU = ZoneInfo("Asia/Kathmandu")

pytestmark = pytest.mark.feature("IM21")


def read(text: str, zone: ZoneInfo = BERLIN) -> dt.datetime:
    """A moment by the clocks of a place, or with its offset."""
    at = dt.datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(dt.UTC)


def list_local(expression: str, after: str, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    runs = islice(list_runs(expression, read(after, zone), zone), count)
    return [run.astimezone(zone).isoformat() for run in runs]


class TestRuns:
    def test_days_begin_by_the_clocks_of_the_account(self) -> None:
        assert list_local("15 6 * * MON", "2026-11-21T00:00", 2, KATHMANDU) == [
            "2026-11-23T06:15:00+05:45",
            "2026-11-30T06:15:00+05:45",
        ]

    @pytest.mark.parametrize("hours", ["2", "*/2", "0-23/2"])
    def test_an_hour_that_is_skipped_runs_when_the_clocks_jump(self, hours: str) -> None:
        assert list_local(f"30 {hours} * * *", "2026-03-29T01:00", 1) == ["2026-03-29T03:00:00+02:00"]

    def test_an_hour_that_is_skipped_does_not_run_twice_beside_the_one_after_it(self) -> None:
        assert list_local("0 2,3 * * *", "2026-03-29T01:00", 2) == [
            "2026-03-29T03:00:00+02:00",
            "2026-03-30T02:00:00+02:00",
        ]

    def test_an_hour_that_comes_twice_runs_once(self) -> None:
        assert list_local("30 2 * * *", "2026-10-24T12:00", 2) == [
            "2026-10-25T02:30:00+02:00",
            "2026-10-26T02:30:00+01:00",
        ]

    def test_nothing_runs_again_when_it_is_asked_for_in_the_second_of_two_hours(self) -> None:
        assert list_local("30 2 * * *", "2026-10-25T02:10:00+01:00", 1) == ["2026-10-26T02:30:00+01:00"]

    def test_every_hour_means_each_that_passes(self) -> None:
        assert list_local("0 * * * *", "2026-10-25T01:30", 3) == [
            "2026-10-25T02:00:00+02:00",
            "2026-10-25T02:00:00+01:00",
            "2026-10-25T03:00:00+01:00",
        ]

    def test_the_last_day_of_a_month_is_known(self) -> None:
        assert list_local("0 5 L * *", "2027-01-31T12:00", 1) == ["2027-02-28T05:00:00+01:00"]


class TestWhatCameDue:
    def test_who_was_away_for_a_day_makes_the_last_of_many(self) -> None:
        due, now = read("2026-11-20T03:00"), read("2026-11-21T02:59")

        assert find_last_run("0 * * * *", due, now, BERLIN) == read("2026-11-21T02:00")
        assert find_last_run("0 * * * *", due, read("2026-11-21T03:00"), BERLIN) == read("2026-11-21T03:00")

    def test_what_is_due_alone_is_what_came_due(self) -> None:
        due = read("2026-11-20T03:00")

        assert find_last_run("0 3 * * *", due, due, BERLIN) == due
        assert find_next_run("0 3 * * *", due, BERLIN) == read("2026-11-21T03:00")


class TestExpressions:
    def test_blanks_between_fields_do_not_matter(self) -> None:
        assert check_cron("  0   6 * *  MON ") == "0 6 * * MON"

    @pytest.mark.parametrize(
        ("expression", "message"),
        [
            ("", "cron has five fields: minute, hour, day of month, month, day of week"),
            ("0 6 * *", "cron has five fields: minute, hour, day of month, month, day of week"),
            ("0 0 6 * * *", "cron has five fields: minute, hour, day of month, month, day of week"),
            ("@daily", "cron has five fields: minute, hour, day of month, month, day of week"),
            ("0 6 * * MON" + " " * 100, "cron has five fields: minute, hour, day of month, month, day of week"),
            ("* 6 * * *", "the minute of cron is one number: an export runs at most once an hour"),
            ("0,30 6 * * *", "the minute of cron is one number: an export runs at most once an hour"),
            ("60 6 * * *", "cron cannot be read: bad minute; 0 6 * * MON is Mondays at six"),
            ("0 24 * * *", "cron cannot be read: bad hour; 0 6 * * MON is Mondays at six"),
            ("0 6 30 2 *", "cron cannot be read: bad day-of-month; 0 6 * * MON is Mondays at six"),
            ("0 6 * * MOON", "cron cannot be read: bad day-of-week; 0 6 * * MON is Mondays at six"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, expression: str, message: str) -> None:
        with pytest.raises(InvalidInputError) as refused:
            check_cron(expression)

        assert (refused.value.message, refused.value.path) == (message, ("cron",))
