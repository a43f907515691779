"""Vectors: Fisher's tea tasting, R's fisher.test and prop.test without correction, and Newcombe's table of 1998."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.messages.significance import (
    Share,
    adjust_p_values,
    compare_shares,
    find_bounds,
    find_more_needed,
    find_p_value,
)

pytestmark = pytest.mark.feature("TR18", "TR20")

SHARES = st.tuples(st.integers(1, 3_000), st.floats(0, 1)).map(lambda each: Share(int(each[0] * each[1]), each[0]))


class TestPValues:
    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (Share(3, 4), Share(1, 4), 34 / 70),  # the lady tasting tea, two-sided: (16 + 1) * 2 of 70 tables
            (Share(4, 4), Share(0, 4), 2 / 70),
            (Share(0, 5), Share(5, 5), 2 / 252),
            (Share(1, 10), Share(1, 10), 1.0),
        ],
    )
    def test_of_few_are_exact(self, first: Share, second: Share, expected: float) -> None:
        assert find_p_value(first, second) == pytest.approx(expected, rel=1e-9)

    @pytest.mark.parametrize(
        ("first", "second", "chi_square"),
        [
            (Share(30, 100), Share(50, 100), 25 / 3),  # 200 * (30*50 - 50*70)^2 / (100*100*80*120)
            (Share(10, 100), Share(20, 100), 200 * (10 * 80 - 20 * 90) ** 2 / (100 * 100 * 30 * 170)),
            (Share(100, 1_000), Share(100, 1_000), 0),
        ],
    )
    def test_of_many_are_those_of_chi_square(self, first: Share, second: Share, chi_square: float) -> None:
        """With one degree of freedom: erfc of the root of half of it."""
        assert find_p_value(first, second) == pytest.approx(math.erfc(math.sqrt(chi_square / 2)), rel=1e-9)

    def test_of_a_known_quantile(self) -> None:
        """A chi-square of 3.841459 is at 5 %; 25 / 3 at 0.389 %."""
        assert find_p_value(Share(30, 100), Share(50, 100)) == pytest.approx(0.003892417, abs=1e-9)

    def test_when_nobody_clicked_or_everybody_there_is_nothing_to_tell(self) -> None:
        assert find_p_value(Share(0, 10), Share(0, 10_000)) == find_p_value(Share(7, 7), Share(9, 9)) == 1.0

    @given(SHARES, SHARES)
    def test_are_from_0_to_1_whichever_comes_first_and_whether_clicks_or_misses_are_counted(
        self, first: Share, second: Share
    ) -> None:
        p_value = find_p_value(first, second)
        missed = [Share(each.out_of - each.counted, each.out_of) for each in (first, second)]

        assert 0 <= p_value <= 1
        assert find_p_value(second, first) == pytest.approx(p_value, rel=1e-6)
        assert find_p_value(*missed) == pytest.approx(p_value, rel=1e-6)

    def test_without_a_difference_one_in_twenty_is_below_the_level(self) -> None:
        """The control of the whole: 2,000 tests of equal variants, drawn by a seed."""
        draw = random.Random(7)  # noqa: S311 -- the same tests in every run

        def toss() -> Share:
            return Share(sum(draw.random() < 0.1 for _ in range(400)), 400)

        false_alarms = sum(find_p_value(toss(), toss()) < 0.05 for _ in range(2_000))
        assert 60 <= false_alarms <= 140


class TestHolm:
    def test_of_three(self) -> None:
        assert adjust_p_values([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])

    def test_of_one_and_of_none(self) -> None:
        assert (adjust_p_values([0.04]), adjust_p_values([])) == ([0.04], [])

    @given(st.lists(st.floats(0, 1), max_size=8))
    def test_is_never_below_and_keeps_the_order(self, p_values: list[float]) -> None:
        adjusted = adjust_p_values(p_values)

        assert all(one >= other for one, other in zip(adjusted, p_values, strict=True))
        assert all(each <= 1 for each in adjusted)
        order = sorted(range(len(p_values)), key=lambda place: p_values[place])
        assert [adjusted[place] for place in order] == sorted(adjusted)


class TestBounds:
    @pytest.mark.parametrize(
        ("larger", "smaller", "low", "high"),
        [
            (Share(56, 70), Share(48, 80), 0.0524, 0.3339),  # Newcombe (1998), method 10
            (Share(9, 10), Share(3, 10), 0.1705, 0.8090),
            (Share(10, 10), Share(0, 20), 0.6791, 1.0000),
        ],
    )
    def test_as_in_the_table(self, larger: Share, smaller: Share, low: float, high: float) -> None:
        assert find_bounds(smaller, larger) == pytest.approx((low, high), abs=1e-4)

    @given(SHARES, SHARES)
    def test_hold_the_difference_and_turn_round_with_the_pair(self, first: Share, second: Share) -> None:
        low, high = find_bounds(first, second)

        assert -1 - 1e-9 <= low <= second.value - first.value + 1e-9
        assert second.value - first.value - 1e-9 <= high <= 1 + 1e-9
        assert find_bounds(second, first) == pytest.approx((-high, -low))


class TestMoreNeeded:
    def test_for_ten_against_twelve_percent(self) -> None:
        """3,841 in each, by the usual formula, of which there are 1,000."""
        assert find_more_needed(Share(100, 1_000), Share(120, 1_000)) == 3_841 - 1_000

    def test_none_where_they_are_equal_or_there_are_enough(self) -> None:
        assert find_more_needed(Share(10, 100), Share(10, 100)) is None
        assert find_more_needed(Share(10_000, 100_000), Share(12_000, 100_000)) is None


class TestPairs:
    def test_each_pair_once_with_wider_bounds_the_more_there_are(self) -> None:
        shares = [Share(410, 10_000), Share(590, 10_000), Share(420, 10_000)]
        [alone] = compare_shares(shares[:2])
        first, second, third = compare_shares(shares)

        assert [(each.first, each.second) for each in (first, second, third)] == [(0, 1), (0, 2), (1, 2)]
        assert (first.is_significant, second.is_significant, third.is_significant) == (True, False, True)
        assert first.value == alone.value == pytest.approx(0.018)
        assert first.low < alone.low < alone.value < alone.high < first.high
        assert first.more_needed is None
        assert second.more_needed is not None

    def test_a_single_one_has_nobody_beside_it(self) -> None:
        assert compare_shares([Share(1, 2)]) == []
