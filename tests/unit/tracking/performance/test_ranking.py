"""Places that noise cannot move: as wide as they must be, and no wider."""

import random
from typing import Final

import pytest

from tracking.performance.ranking import Contender, Placed, find_ranges, find_width, rank
from tracking.reports.rates import estimate_rate

pytestmark = pytest.mark.feature("CU6", "CU7")

CREATORS: Final = 100
CAMPAIGNS: Final = 200
PLAIN_WIDTH: Final = 1.959964  # of an interval that holds alone in 19 of 20 cases


def describe(placed: list[Placed]) -> list[tuple[int, int, int, int]]:
    return [(each.key, each.rank, each.rank_low, each.rank_high) for each in placed]


def test_who_is_better_beyond_doubt_stands_alone() -> None:
    ranking = rank([Contender(1, 240, 80_000), Contender(2, 2_100, 80_000), Contender(3, 20, 80_000)])

    assert describe(ranking.placed) == [(2, 1, 1, 1), (1, 2, 2, 2), (3, 3, 3, 3)]


def test_what_chance_may_turn_over_is_a_tie() -> None:
    ranking = rank([Contender(1, 101, 1_000), Contender(2, 99, 1_000), Contender(3, 10, 1_000)])

    assert describe(ranking.placed) == [(1, 1, 1, 2), (2, 2, 1, 2), (3, 3, 3, 3)]


def test_equal_values_share_a_place() -> None:
    ranking = rank([Contender(9, 50, 500), Contender(4, 50, 500), Contender(5, 20, 500)])

    assert [(each.key, each.rank) for each in ranking.placed] == [(4, 1), (9, 1), (5, 3)]


def test_little_data_is_not_ranked() -> None:
    lucky, unknown = Contender(1, 9, 10), Contender(2, 500, None)

    ranking = rank([lucky, Contender(3, 10, 100), unknown])

    assert [each.key for each in ranking.placed] == [3]
    assert ranking.unplaced == [lucky, unknown]


def test_nobody_is_ranked_among_nobody() -> None:
    assert rank([]) == ([], [])


@pytest.mark.parametrize(("count", "width"), [(1, 1.95996), (10, 2.80703), (100, 3.48076), (1_000, 4.05563)])
def test_the_more_are_compared_the_wider_their_intervals_are(count: int, width: float) -> None:
    assert find_width(count) == pytest.approx(width, abs=1e-5)


def test_intervals_that_touch_may_stand_either_way() -> None:
    assert find_ranges([(0.1, 0.2), (0.2, 0.3), (0.3, 0.4)]) == [(2, 3), (1, 3), (1, 2)]
    assert find_ranges([(0.1, 0.2), (0.21, 0.3)]) == [(2, 2), (1, 1)]


def hold_in_campaigns(width: float) -> float:
    """In which part of campaigns the true place of every creator was in its range. Their rates are nearly the same."""
    chance, held = random.Random(20_261_121), 0  # noqa: S311 -- a simulation, no secret
    for _ in range(CAMPAIGNS):
        truth = sorted((chance.uniform(0.0200, 0.0201) for _ in range(CREATORS)), reverse=True)
        intervals = []
        for rate in truth:
            followers = int(10 ** chance.uniform(4, 6))
            clicks = round(chance.gauss(followers * rate, (followers * rate * (1 - rate)) ** 0.5))
            found = estimate_rate(clicks, followers, z=width)
            assert found is not None
            intervals.append((found.low, found.high))
        ranges = find_ranges(intervals)
        held += all(low <= place <= high for place, (low, high) in enumerate(ranges, start=1))
    return held / CAMPAIGNS


def test_the_true_places_of_all_are_in_their_ranges_as_often_as_promised() -> None:
    assert hold_in_campaigns(find_width(CREATORS)) >= 0.95


def test_intervals_that_hold_one_by_one_would_sell_noise_as_a_winner() -> None:
    assert hold_in_campaigns(PLAIN_WIDTH) < 0.6
    assert hold_in_campaigns(0) == 0  # by value alone, somebody is always in the wrong place
