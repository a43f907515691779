"""The last seconds of what Redis acknowledged: a Redis that restarts may have lost them, and gets them again."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

KEPT_S: Final = 5.0
MAX_RECORDS: Final = 50_000
SYNCED_S: Final = 60.0  # by then Redis has written all, and a network that was cut has been noticed


class Acknowledged(NamedTuple):
    at_s: float
    records: Sequence[bytes]


class Ring:
    def __init__(self) -> None:
        self._batches: deque[Acknowledged] = deque()
        self._count = 0

    def add(self, records: Sequence[bytes]) -> None:
        now_s = time.monotonic()
        self._batches.append(Acknowledged(now_s, records))
        self._count += len(records)
        while self._count > MAX_RECORDS or self._batches[0].at_s < now_s - KEPT_S:
            self._drop_oldest()
            if not self._batches:
                break

    def read(self) -> list[bytes]:
        return [record for batch in self._batches for record in batch.records]

    def read_oldest(self, records: int) -> list[Acknowledged]:
        """Whole batches, until they have so many or there are no more."""
        found: list[Acknowledged] = []
        for batch in self._batches:
            if records <= 0:
                break
            found.append(batch)
            records -= len(batch.records)
        return found

    def drop(self, oldest: Sequence[Acknowledged]) -> None:
        """What `read_oldest` gave, but for what has been dropped since."""
        for batch in oldest:
            if self._batches and self._batches[0] is batch:
                self._drop_oldest()

    def drop_synced(self) -> None:
        """While connected: where nobody clicks, nothing else would make place, and old clicks be sent again."""
        synced_s = time.monotonic() - SYNCED_S
        while self._batches and self._batches[0].at_s < synced_s:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._count -= len(self._batches.popleft().records)
