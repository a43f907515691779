"""Earnings per unique click, of each currency. Pure."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, NamedTuple

from tracking.money import Money

_FOUR_DIGITS: Final = Decimal("0.0001")


class PerClick(NamedTuple):
    amount: Decimal
    currency: str


def find_per_click(amounts: Sequence[Money], clicks: int) -> list[PerClick] | None:
    """In major units, with four digits, as many clicks earn less than a cent; None without clicks."""
    if clicks <= 0:
        return None
    return [PerClick((each.amount / clicks).quantize(_FOUR_DIGITS, ROUND_HALF_EVEN), each.currency) for each in amounts]
