"""What rows of reports are sorted by, as SQL over the columns of counts. What is null has a place all the same, since
cursors compare. Pure.
"""

from typing import Final

from tracking.reports.scopes import ALL_CLICKS, COUNTERS

_BIGINT: Final = 2**63 - 1  # sums of money have no bound; beyond it they are alike to who sorts


def clamp(amount: str) -> str:
    return f"least(greatest({amount}, -{_BIGINT}), {_BIGINT})::bigint"


def divide(numerator: str, denominator: str) -> str:
    """What has no denominator has no rate, and stands below all."""
    return f"coalesce({numerator}::float8 / nullif({denominator}, 0), -1)"


OF_CLICKS: Final[dict[str, str]] = {
    "TOTAL_CLICKS": ALL_CLICKS,
    **{counter.upper(): counter for counter in COUNTERS[:8]},
    "REPEAT_CLICKS": "(counted_clicks - unique_clicks)",
    "BOT_RATE": divide("bot_clicks", ALL_CLICKS),
}
CONVERSION_RATE: Final = divide("of_clicks", "unique_clicks")
