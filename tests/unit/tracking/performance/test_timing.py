"""A window after a post is told once the hour in which it ends is over, as clicks are counted by the hour (CU8)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tracking.performance.timing import Published, _tell_windows

pytestmark = pytest.mark.feature("CU8")

UTC = ZoneInfo("UTC")
COUNTS = (60, 85, 90)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 5, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(4, 13, 59), (None, None, None)),  # the first hour ended at 13:30, its last hour of counts runs
        (at(4, 14), (60, None, None)),
        (at(5, 12, 59), (60, None, None)),
        (at(5, 13), (60, 85, None)),
        (at(11, 13), (60, 85, 90)),
    ],
)
def test_a_window_is_told_when_its_last_hour_is_over(now: dt.datetime, told: tuple[int | None, ...]) -> None:
    assert _tell_windows(Published(1, at(4, 12, 30)), COUNTS, UTC, now) == told


def test_a_window_that_ends_with_an_hour_is_told_at_once() -> None:
    assert _tell_windows(Published(1, at(4, 12)), COUNTS, UTC, at(4, 13)) == (60, None, None)
