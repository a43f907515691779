"""The last seconds of what Redis acknowledged: a Redis that restarts may have lost them, and gets them again."""

import time
from collections import deque
from collections.abc import Sequence
from typing import Final

KEPT_S: Final = 5.0
MAX_RECORDS: Final = 50_000


class Ring:
    def __init__(self) -> None:
        self._batches: deque[tuple[float, Sequence[bytes]]] = deque()
        self._count = 0

    def add(self, records: Sequence[bytes]) -> None:
        now = time.monotonic()
        self._batches.append((now, records))
        self._count += len(records)
        while self._count > MAX_RECORDS or self._batches[0][0] < now - KEPT_S:
            self._count -= len(self._batches.popleft()[1])
            if not self._batches:
                break

    def read(self) -> list[bytes]:
        return [record for _, records in self._batches for record in records]

    def clear(self) -> None:
        self._batches.clear()
        self._count = 0
