"""Changes of counts, collected in memory and appended by whoever makes them, in the same transaction (rule 12)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg

from tracking.reports.scopes import COUNTERS

# What tells one rollup_delta row from another: whose click, and when.
DELTA_KEYS: Final = (
    "account_id",
    "link_id",
    "campaign_id",
    "creator_id",
    "message_id",
    "slot",
    "contact_id",
    "offer_id",
    "sharer_id",
    "hour_at",
    "day_at",
)
DeltaKey = tuple[int | dt.datetime | None, ...]

_COLUMNS = (*DELTA_KEYS, *COUNTERS)


class Deltas:
    """Counters per key: whose click, in which hour. Appending locks nothing, so any number of workers may do it."""

    def __init__(self) -> None:
        self._counters: dict[DeltaKey, list[int]] = {}

    def add(self, key: DeltaKey, counter: int, amount: int = 1) -> None:
        """`counter` is an index into COUNTERS."""
        counters = self._counters.get(key)
        if counters is None:
            counters = self._counters[key] = [0] * len(COUNTERS)
        counters[counter] += amount

    def rows(self) -> Sequence[tuple[object, ...]]:
        return [(*key, *counters) for key, counters in self._counters.items() if any(counters)]

    async def append(self, connection: asyncpg.Connection) -> None:
        await connection.copy_records_to_table("rollup_delta", records=self.rows(), columns=_COLUMNS)
