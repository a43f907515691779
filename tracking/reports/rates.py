"""Rates that say how sure they are (Wilson, 95 %). Pure."""

import math
from typing import Final, NamedTuple

_Z: Final = 1.959964  # 95 % of a normal distribution lie within this many standard deviations
ENOUGH_NUMERATOR: Final = 10
ENOUGH_DENOMINATOR: Final = 100


class Rate(NamedTuple):
    value: float
    low: float
    high: float
    numerator: int
    denominator: int

    @property
    def has_enough_data(self) -> bool:
        return self.numerator >= ENOUGH_NUMERATOR and self.denominator >= ENOUGH_DENOMINATOR


def estimate_rate(numerator: int, denominator: int, *, z: float = _Z) -> Rate | None:
    """None without a denominator. Above 1, where a share makes no sense, the bounds are those of a count (Poisson).

    The bounds are `z` standard deviations away.
    """
    if denominator <= 0:
        return None
    value = numerator / denominator
    if numerator <= denominator:
        spread = z * math.sqrt(value * (1 - value) / denominator + z**2 / (4 * denominator**2))
        middle, scale = value + z**2 / (2 * denominator), 1 + z**2 / denominator
        return Rate(value, max(0.0, (middle - spread) / scale), (middle + spread) / scale, numerator, denominator)
    centre, half_width = numerator + z**2 / 2, z * math.sqrt(numerator + z**2 / 4)
    return Rate(value, (centre - half_width) / denominator, (centre + half_width) / denominator, numerator, denominator)
