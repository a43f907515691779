"""What this worker has taken for one endpoint: what waits here for a free connection, and what is being sent."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracking.webhooks.deliveries import Due
from worker.webhooks.sender import Caller, Target

WIDTH: Final = 4
# So that no connection waits for the next claim.
MOST_HELD: Final = 4 * WIDTH


class Held(NamedTuple):
    """A delivery in our hands. After `send_by_s` of the monotonic clock somebody else may have it."""

    due: Due
    target: Target
    send_by_s: float


@dataclass
class Lane:
    caller: Caller
    waiting: deque[Held] = field(default_factory=deque)
    flying: int = 0
    is_failing: bool = False
    is_quick: bool = False
    used_at_s: float = field(default_factory=time.monotonic)

    @property
    def held(self) -> int:
        return len(self.waiting) + self.flying

    @property
    def room(self) -> int:
        """More than can be sent at once only where that is soon done."""
        return (MOST_HELD if self.is_quick else WIDTH) - self.held

    def take_next(self) -> Held | None:
        """The next one to send, if there is room for it."""
        if self.flying >= (1 if self.is_failing else WIDTH) or not self.waiting:
            return None
        self.flying += 1
        return self.waiting.popleft()

    def land(self) -> None:
        self.flying -= 1
        self.used_at_s = time.monotonic()
