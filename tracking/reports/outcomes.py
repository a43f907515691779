"""What clicks were worth, counted beside them: conversions, money by currency, and impressions (rule 12).

Every change is a row of outcome_delta, written in the transaction that makes it; the fold adds them to outcome_rollup.
"""

from enum import IntEnum
from typing import Final

import asyncpg

from tracking.reports.deltas import DELTA_KEYS, DeltaKey

# In the order of the columns of outcome_delta and outcome_rollup.
OUTCOMES: Final = (
    "conversions",
    "credited_conversions",  # those that belong to one click
    "gross_minor",
    "refunds_minor",  # positive: what was given back
    "payout_minor",
    "impressions",
)
NO_CURRENCY: Final = ""  # of conversions without an amount, and of impressions


class Dating(IntEnum):
    """By which moment an outcome is dated. Both are kept; what belongs to no click has one moment."""

    CONVERSION_TIME = 1
    CLICK_TIME = 2


OutcomeKey = tuple[DeltaKey, Dating, str]

_COLUMNS: Final = (*DELTA_KEYS, "dating", "currency", *OUTCOMES)


class OutcomeDeltas:
    """Sums per key, as of `tracking.reports.deltas.Deltas`. Appending locks nothing."""

    def __init__(self) -> None:
        self._sums: dict[OutcomeKey, list[int]] = {}

    def add(self, key: DeltaKey, dating: Dating, currency: str, outcome: str, amount: int = 1) -> None:
        """`outcome` is one of OUTCOMES; money is in minor units of `currency`."""
        sums = self._sums.setdefault((key, dating, currency), [0] * len(OUTCOMES))
        sums[OUTCOMES.index(outcome)] += amount

    def rows(self) -> list[tuple[object, ...]]:
        return [(*key, dating, currency, *sums) for (key, dating, currency), sums in self._sums.items() if any(sums)]

    async def append(self, connection: asyncpg.Connection) -> None:
        await connection.copy_records_to_table("outcome_delta", records=self.rows(), columns=_COLUMNS)
