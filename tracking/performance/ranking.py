"""Who did best, and how sure that is: places that noise cannot move (CU6, CU7). Pure.

Of many creators the first is often the luckiest one. So each place is a range: better than somebody is only who is so
beyond both of their intervals, which are wide enough for all ranges to hold together in 19 of 20 cases (Bonferroni).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final, NamedTuple

from tracking.reports.rates import Rate, estimate_rate

_ERROR: Final = 0.05


class Contender(NamedTuple):
    """`key` tells it from the others; what is counted, out of how many, None being unknown."""

    key: int
    numerator: int
    denominator: int | None


class Placed(NamedTuple):
    """`rank` by value alone, equal ones sharing it; the true one is from `rank_low` to `rank_high`."""

    key: int
    rate: Rate
    rank: int
    rank_low: int
    rank_high: int


class Ranking(NamedTuple):
    """Best first; `unplaced` have too little data to be compared, in the order in which they came."""

    placed: list[Placed]
    unplaced: list[Contender]


def rank(contenders: Sequence[Contender]) -> Ranking:
    rates = {each.key: estimate_rate(each.numerator, each.denominator or 0) for each in contenders}
    sure = {key: rate for key, rate in rates.items() if rate is not None and rate.has_enough_data}
    z = find_width(len(sure))
    wide = {key: _widen(rate, z) for key, rate in sure.items()}
    ranges = dict(zip(wide, find_ranges([(rate.low, rate.high) for rate in wide.values()]), strict=True))
    values = sorted(rate.value for rate in sure.values())
    placed = [
        Placed(key, rate, len(values) - bisect_right(values, rate.value) + 1, *ranges[key])
        for key, rate in sure.items()
    ]
    placed.sort(key=lambda each: (each.rank, each.key))
    return Ranking(placed, [each for each in contenders if each.key not in sure])


def find_width(count: int) -> float:
    """Of each of so many intervals, in standard deviations, for all to hold together in 19 of 20 cases."""
    return NormalDist().inv_cdf(1 - _ERROR / (2 * max(count, 1)))


def find_ranges(intervals: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
    """Of each the best and the worst place that it may have, 1 being that of the largest."""
    lows, highs = sorted(low for low, _ in intervals), sorted(high for _, high in intervals)
    count = len(intervals)
    return [(1 + count - bisect_right(lows, high), count - bisect_left(highs, low)) for low, high in intervals]


def _widen(rate: Rate, z: float) -> Rate:
    wide = estimate_rate(rate.numerator, rate.denominator, z=z)
    if wide is None:
        raise ValueError("a rate without denominator")
    return wide
