"""When deliveries are tried again: the schedule of Standard Webhooks, exact, with its jitter."""

import datetime as dt
from itertools import accumulate

import pytest

from tracking.webhooks.schedule import (
    FAILING_LIMIT_S,
    LONGEST_PATIENCE_S,
    LONGEST_SILENCE,
    WAITS_S,
    find_wait_s,
    is_success,
    read_patience_s,
)

pytestmark = pytest.mark.feature("R13")
NOW = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)


def test_ten_attempts_are_made_within_three_days_and_some_hours() -> None:
    hours = [round(waited_s / 3600, 2) for waited_s in accumulate(WAITS_S)]
    assert hours == [0, 0, 0.08, 0.58, 2.58, 7.58, 17.58, 31.58, 51.58, 75.58]
    assert [find_wait_s(step, 1, 0.5) for step in range(10)] == [
        5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, None,
    ]  # fmt: skip


def test_chance_moves_each_by_a_tenth_at_most_and_the_factor_shortens_all() -> None:
    assert find_wait_s(1, 1, 0) == pytest.approx(270)
    assert find_wait_s(1, 1, 1) == pytest.approx(330)
    assert find_wait_s(8, 1 / 10_000, 0.5) == pytest.approx(8.64)


def test_no_wait_is_as_long_as_a_silence_after_which_failures_count_anew() -> None:
    longest_s = max(find_wait_s(step, 1, 1) or 0 for step in range(len(WAITS_S)))
    assert longest_s + LONGEST_PATIENCE_S < FAILING_LIMIT_S * LONGEST_SILENCE


@pytest.mark.parametrize(
    ("status_code", "expected"),
    [(200, True), (204, True), (299, True), (199, False), (300, False), (302, False), (404, False), (None, False)],
)
def test_nothing_but_2xx_is_success(status_code: int | None, expected: bool) -> None:
    assert is_success(status_code) is expected


@pytest.mark.parametrize(
    ("status_code", "retry_after", "expected"),
    [
        (429, "120", 120),
        (502, " 7 ", 7),
        (503, "Sat, 21 Nov 2026 08:01:30 GMT", 90),
        (504, "86400", 3_600),
        (429, "9" * 400, 3_600),
        (503, "Sat, 21 Nov 2026 07:00:00 GMT", None),
        (503, "Sat, 21 Nov 2026 08:00:10 -0000", 10),
        (429, "0", None),
        (429, "", None),
        (429, "-5", None),
        (429, "soon", None),
        (429, "١٢", None),
        (429, "Sat, 99 Nov 2026 08:00:10 GMT", None),
        (500, "120", None),
        (200, "120", None),
    ],
)
def test_patience_is_granted_to_who_may_ask_for_it_up_to_an_hour(
    status_code: int, retry_after: str, expected: float | None
) -> None:
    assert read_patience_s(status_code, retry_after, NOW) == expected
