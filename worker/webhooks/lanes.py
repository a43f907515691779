"""What this worker has taken for one endpoint: what waits here for a free connection, and what is being sent."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from tracking.webhooks.deliveries import Due, Origin, Shares
from worker.webhooks.sender import Caller

WIDEST: Final = 4
# More of what can be sent at once is held, so that no connection waits for the next claim.
HELD_PER_WIDTH: Final = 4
FIRST_LIMIT: Final = 32
LEAST_LIMIT: Final = 8
LATE_S: Final = 0.03


class Held(NamedTuple):
    """A delivery in our hands. After `send_by_s` of the monotonic clock somebody else may have it."""

    due: Due
    send_by_s: float


@dataclass
class Lane:
    """`width` is how many are sent at once: one more after each quick answer, half as many after none in time.

    So what is too much for a receiver, or for us, becomes less by itself, and who comes back is not run over.
    """

    caller: Caller
    account_id: int
    waiting: deque[Held] = field(default_factory=deque)
    flying: int = 0
    pings: int = 0  # of both
    width: int = 1
    is_failing: bool = False
    is_ready: bool = False  # it stands among those that wait for their turn
    used_at_s: float = field(default_factory=time.monotonic)

    @property
    def held(self) -> int:
        return len(self.waiting) + self.flying

    @property
    def room(self) -> int:
        return (1 if self.is_failing else self.width * HELD_PER_WIDTH) - self.held

    @property
    def may_send(self) -> bool:
        return bool(self.waiting) and self.flying < (1 if self.is_failing else self.width)

    def hold(self, held: Held) -> None:
        self.waiting.append(held)
        self.pings += held.due.origin is Origin.PING

    def take_next(self) -> Held:
        """The next one to send, where `may_send`."""
        self.flying += 1
        return self.waiting.popleft()

    def learn(self, *, is_answered: bool, is_quick: bool) -> None:
        if not is_answered:
            self.width = max(1, self.width // 2)
        elif is_quick:
            self.width = min(self.width + 1, WIDEST)

    def land(self, held: Held) -> None:
        self.flying -= 1
        self.pings -= held.due.origin is Origin.PING
        self.used_at_s = time.monotonic()


class Load:
    """How many requests this process can watch over at once, by how late it comes to look at a clock.

    A process that is short of time finds each answer late, as if its receiver were slow: fewer at once are then faster.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.limit = FIRST_LIMIT

    def note_late(self, late_s: float) -> None:
        if late_s > LATE_S:
            self.limit = max(LEAST_LIMIT, self.limit * 3 // 4)
        else:
            self.limit = min(self._most, self.limit + max(2, self.limit // 8))


def share_out(free: int, held_by_account: Mapping[int, int]) -> Shares:
    """Nobody holds more than there is room left for others, so that who comes next finds some, however many do."""
    of_accounts = {key: max(0, (free - held + 1) // 2) for key, held in held_by_account.items()}
    return Shares(of_accounts, (free + 1) // 2)
