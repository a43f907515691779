"""Whether two shares differ beyond chance, and how many more it takes to tell. Pure.

A p value holds for one look, at a number of recipients that was decided on before: who looks every day, and stops at
the first small one, finds differences that are not there.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from statistics import NormalDist
from typing import Final, NamedTuple

from tracking.reports.rates import estimate_rate

LEVEL: Final = 0.05
_POWER: Final = 0.8
_FEWEST_EXPECTED: Final = 5  # in each of the four cells, for the normal approximation to hold
_TOLERANCE: Final = 1e-7  # of logarithms of probabilities that are equal but for rounding
_NORMAL: Final = NormalDist()


class Share(NamedTuple):
    """So many of so many: `0 <= counted <= out_of`, and `out_of` is above zero."""

    counted: int
    out_of: int

    @property
    def value(self) -> float:
        return self.counted / self.out_of


class Difference(NamedTuple):
    """Of the shares at two places: `value` is second less first, and so are its bounds.

    `p_value` is that of the pair alone; by `adjusted_p_value` all pairs hold together in 19 of 20 cases (Holm), as do
    the bounds (Bonferroni). `more_needed` is for each of the two; None where that is no matter of numbers.
    """

    first: int
    second: int
    value: float
    low: float
    high: float
    p_value: float
    adjusted_p_value: float
    more_needed: int | None

    @property
    def is_significant(self) -> bool:
        return self.adjusted_p_value < LEVEL


def compare_shares(shares: Sequence[Share]) -> list[Difference]:
    """All pairs, in the order of their places."""
    pairs = list(combinations(range(len(shares)), 2))
    p_values = [find_p_value(shares[one], shares[other]) for one, other in pairs]
    level = LEVEL / max(1, len(pairs))
    found: list[Difference] = []
    for (one, other), p_value, adjusted in zip(pairs, p_values, adjust_p_values(p_values), strict=True):
        first, second = shares[one], shares[other]
        low, high = find_bounds(first, second, level=level)
        more = None if adjusted < LEVEL else find_more_needed(first, second, level=level)
        found.append(Difference(one, other, second.value - first.value, low, high, p_value, adjusted, more))
    return found


def find_p_value(first: Share, second: Share) -> float:
    """How often chance alone makes a difference as large: two-sided, chi-square, or Fisher's exact test of few."""
    counted, out_of = first.counted + second.counted, first.out_of + second.out_of
    if counted in {0, out_of}:
        return 1.0
    if min(first.out_of, second.out_of) * min(counted, out_of - counted) / out_of < _FEWEST_EXPECTED:
        return _test_exactly(first, second)
    together = counted / out_of
    deviation = math.sqrt(together * (1 - together) * (1 / first.out_of + 1 / second.out_of))
    return math.erfc(abs(second.value - first.value) / deviation / math.sqrt(2))


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """Holm's method, in the order in which they came."""
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        largest = max(largest, min(1.0, p_values[place] * (len(p_values) - rank)))
        adjusted[place] = largest
    return adjusted


def find_bounds(first: Share, second: Share, *, level: float = LEVEL) -> tuple[float, float]:
    """Of second less first, from the Wilson intervals of both (Newcombe's hybrid score interval)."""
    z = _NORMAL.inv_cdf(1 - level / 2)
    one, other = estimate_rate(*first, z=z), estimate_rate(*second, z=z)
    if one is None or other is None:
        raise ValueError("a share out of none")
    value = second.value - first.value
    low = value - math.hypot(other.value - other.low, one.high - one.value)
    high = value + math.hypot(other.high - other.value, one.value - one.low)
    return low, high


def find_more_needed(first: Share, second: Share, *, level: float = LEVEL) -> int | None:
    """How many more each needs for a difference as large as this one to be told in 4 of 5 cases.

    None for equal shares, and where there are as many already.
    """
    difference = abs(second.value - first.value)
    if not difference:
        return None
    middle = (first.value + second.value) / 2
    apart = first.value * (1 - first.value) + second.value * (1 - second.value)
    z_level, z_power = _NORMAL.inv_cdf(1 - level / 2), _NORMAL.inv_cdf(_POWER)
    root = z_level * math.sqrt(2 * middle * (1 - middle)) + z_power * math.sqrt(apart)
    more = math.ceil((root / difference) ** 2) - min(first.out_of, second.out_of)
    return more if more > 0 else None


def _test_exactly(first: Share, second: Share) -> float:
    """The sum of all tables with the same margins that are no likelier than this one."""
    counted, out_of = first.counted + second.counted, first.out_of + second.out_of
    fewest, most = max(0, counted - second.out_of), min(counted, first.out_of)

    def weigh(place: int) -> float:
        return _log_choose(first.out_of, place) + _log_choose(second.out_of, counted - place)

    this, all_tables = weigh(first.counted), _log_choose(out_of, counted)
    weights = (weigh(place) for place in range(fewest, most + 1))
    return min(1.0, sum(math.exp(weight - all_tables) for weight in weights if weight <= this + _TOLERANCE))


def _log_choose(out_of: int, counted: int) -> float:
    return math.lgamma(out_of + 1) - math.lgamma(counted + 1) - math.lgamma(out_of - counted + 1)
