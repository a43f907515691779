"""How often one page is read: an address that spreads must not slow the graph down."""

from collections import defaultdict
from typing import Final

from tracking.clock import uptime_s

READS_PER_MINUTE: Final = 240


class Ration:
    """Of this process: so many reads of each page in a minute."""

    def __init__(self, per_minute: int = READS_PER_MINUTE) -> None:
        self._per_minute = per_minute
        self._minute = -1
        self._reads: dict[int, int] = defaultdict(int)

    def take(self, page_id: int) -> bool:
        """False when there is nothing left of it in this minute."""
        if (minute := int(uptime_s() // 60)) != self._minute:
            self._minute = minute
            self._reads.clear()
        self._reads[page_id] += 1
        return self._reads[page_id] <= self._per_minute
