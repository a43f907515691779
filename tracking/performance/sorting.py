"""By what a campaign's creators can be sorted: SQL over the columns that `tracking.performance.queries` tells of each.

What is null has a place all the same, since cursors compare: rates without denominator stand below all, what has no
cost stands last in either direction, as it is neither cheap nor dear.
"""

import datetime as dt
from typing import Final

from tracking.campaigns.models import Stage
from tracking.reports.scopes import ALL_CLICKS
from tracking.reports.sort_keys import CONVERSION_RATE, OF_CLICKS, clamp, divide

_STAGE_PLACES: Final = " ".join(f"WHEN '{stage}' THEN {place}" for place, stage in enumerate(Stage))
_BEYOND: Final = "1e300::float8"  # more than anything costs or brings back; JSON has no infinity


def _cost(count: str) -> str:
    """Of fees in the currency that is compared."""
    return (
        f"CASE WHEN deal_currency = {{currency}} AND flat_fee_minor IS NOT NULL AND {count} > 0"
        f" THEN flat_fee_minor::float8 / {count} ELSE {{last}} END"
    )


# `{currency}` is the placeholder of a parameter, `{last}` what stands last in the direction of the page.
_SORT_KEYS: Final[dict[str, str]] = {
    "HANDLE": "handle",
    "STAGE": f"CASE stage {_STAGE_PLACES} END",
    "ADDED_AT": "added_at",
    "FOLLOWERS": "coalesce(followers, -1)",
    **OF_CLICKS,
    "CLICK_THROUGH_RATE": divide("unique_clicks", "followers"),
    "TOTAL_CLICK_THROUGH_RATE": divide(ALL_CLICKS, "followers"),
    "CONVERSIONS": "conversions",
    "CONVERSION_RATE": CONVERSION_RATE,
    "GROSS_VALUE": clamp("gross_minor"),
    "REFUNDS": clamp("refunds_minor"),
    "NET_VALUE": clamp("gross_minor - refunds_minor"),
    "PAYOUT": clamp("payout_minor"),
    "IMPRESSIONS": "impressions",
    "COST_PER_CLICK": _cost("counted_clicks"),
    "COST_PER_UNIQUE_CLICK": _cost("unique_clicks"),
    "COST_PER_CONVERSION": _cost("conversions"),
    "RETURN_ON_FEE": "CASE WHEN flat_fee_minor > 0 AND NOT is_elsewhere"
    f" THEN net_of_deal_minor::float8 / flat_fee_minor ELSE -{_BEYOND} END",
}
_OTHER_TYPES: Final[dict[str, type]] = {"HANDLE": str, "ADDED_AT": dt.datetime, "RETURN_ON_FEE": float}
_MONEY: Final = ("GROSS_VALUE", "REFUNDS", "NET_VALUE", "PAYOUT")
_IS_FLOAT: Final = ("_RATE", "_CLICK", "_CONVERSION")
SORT_TYPES: Final[dict[str, type]] = {
    name: _OTHER_TYPES.get(name, float if name.endswith(_IS_FLOAT) else int) for name in _SORT_KEYS
}
NEEDS_CURRENCY: Final = frozenset(
    name for name, key in _SORT_KEYS.items() if name in _MONEY or "{currency}" in key
)  # of the money that is compared


def write_sort_key(sort_by: str, *, is_descending: bool, currency: str | None) -> str:
    """`currency` is a placeholder, which the keys of NEEDS_CURRENCY want."""
    return _SORT_KEYS[sort_by].format(currency=currency, last="-1" if is_descending else _BEYOND)
