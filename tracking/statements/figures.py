"""What statements add up: counts and money by currency, of one creator or of all. Pure; what is not there is zero."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from tracking.money import CURRENCY_DIGITS, write_amount
from tracking.reports.outcomes import NO_CURRENCY

# By the name in a statement, of what is kept in rollups. The first six add up to all clicks (rule 4).
CLICKS: Final = {
    "humanClicks": "human_clicks",
    "suspectClicks": "suspect_clicks",
    "botClicks": "bot_clicks",
    "previewFetches": "preview_fetches",
    "prefetches": "prefetches",
    "testClicks": "test_clicks",
    "countedClicks": "counted_clicks",
    "uniqueClicks": "unique_clicks",
}
OUTCOMES: Final = {"conversions": "conversions", "impressions": "impressions"}
MONEY: Final = {"grossValue": "gross_minor", "refunds": "refunds_minor", "payout": "payout_minor"}
_KINDS_OF_CLICKS: Final = tuple(CLICKS)[:6]

Figures: TypeAlias = Mapping[tuple[str, str], int]
"""By name and currency; money in minor units of it, counts under no currency. Zeros are left out."""


def make_figures(amounts: Iterable[tuple[str, str, int]]) -> Figures:
    """Of names, currencies and amounts, each of which may come several times."""
    sums: dict[tuple[str, str], int] = {}
    for name, currency, amount in amounts:
        sums[name, currency] = sums.get((name, currency), 0) + amount
    return {place: amount for place, amount in sums.items() if amount}


def add_figures(parts: Iterable[Figures]) -> Figures:
    return make_figures((*place, amount) for part in parts for place, amount in part.items())


def subtract_figures(figures: Figures, taken: Figures) -> Figures:
    return make_figures([(*place, amount) for place, amount in figures.items()] + _negate(taken))


def write_figures(figures: Figures) -> dict[str, Any]:
    """As a statement says them, with what follows from them; money as decimal text by currency."""
    written: dict[str, Any] = {}
    for (name, currency), amount in sorted(with_sums(figures).items()):
        if currency == NO_CURRENCY:
            written[name] = amount
        else:
            written.setdefault(name, {})[currency] = str(write_amount(amount, currency))
    return written


def read_figures(written: Mapping[str, Any]) -> Figures:
    """What `write_figures` wrote. Raises ValueError, KeyError or TypeError for what it never writes."""
    counts = [(name, NO_CURRENCY, int(written[name])) for name in (*CLICKS, *OUTCOMES) if name in written]
    money = [
        (name, currency, _read_minor(amount, currency))
        for name in MONEY
        for currency, amount in written.get(name, {}).items()
    ]
    return make_figures([*counts, *money])


def with_sums(figures: Figures) -> Figures:
    """With the sums that reports tell too."""
    sums = [("totalClicks", NO_CURRENCY, figures.get((name, NO_CURRENCY), 0)) for name in _KINDS_OF_CLICKS]
    sums += [("repeatClicks", NO_CURRENCY, figures.get(("countedClicks", NO_CURRENCY), 0))]
    sums += [("repeatClicks", NO_CURRENCY, -figures.get(("uniqueClicks", NO_CURRENCY), 0))]
    sums += [("netValue", currency, amount) for (name, currency), amount in figures.items() if name == "grossValue"]
    sums += [("netValue", currency, -amount) for (name, currency), amount in figures.items() if name == "refunds"]
    return {**figures, **make_figures(sums)}


def _negate(figures: Figures) -> list[tuple[str, str, int]]:
    return [(*place, -amount) for place, amount in figures.items()]


def _read_minor(amount: str, currency: str) -> int:
    """Of a statement's own text, which may be below zero."""
    whole, _, digits = amount.partition(".")
    if len(digits) != CURRENCY_DIGITS[currency]:
        raise ValueError(f"expected {CURRENCY_DIGITS[currency]} digits of {currency}, not {amount!r}")
    return int(whole + digits)
