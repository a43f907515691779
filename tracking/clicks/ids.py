"""Click ids: UUIDv7 (RFC 9562), minted once in the redirector. The time in the id is the time of the click."""

import datetime as dt
import os
from uuid import UUID

from tracking.clock import now_ms

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_RANDOM_POOL_BYTES = 10 * 400
_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
_RANDOM_BITS = (1 << 76) - 1 & ~(0b11 << 62)


class ClickIdMint:
    """Mints ids as 16 bytes. One per process: random bytes come in bulk, as a system call costs more than a hash."""

    __slots__ = ("_offset", "_pool", "_process_id")

    def __init__(self) -> None:
        self._refill()

    def mint(self, at_ms: int | None = None) -> bytes:
        if self._offset == _RANDOM_POOL_BYTES or self._process_id != os.getpid():
            self._refill()
        tail = int.from_bytes(self._pool[self._offset : self._offset + 10], "big")
        self._offset += 10
        ms = now_ms() if at_ms is None else at_ms
        return (ms << 80 | tail & _RANDOM_BITS | _VERSION_AND_VARIANT).to_bytes(16, "big")

    def _refill(self) -> None:
        self._pool = os.urandom(_RANDOM_POOL_BYTES)
        self._offset = 0
        self._process_id = os.getpid()


def read_click_ms(click_id: bytes) -> int:
    """Milliseconds since the epoch at which the click happened."""
    return int.from_bytes(click_id[:6], "big")


def read_click_time(click_id: UUID) -> dt.datetime:
    return EPOCH + dt.timedelta(milliseconds=click_id.int >> 80)


def lower_bound(at: dt.datetime) -> UUID:
    """The smallest id a click at or after this moment can have: time ranges on clicks are id ranges."""
    return UUID(int=max((at - EPOCH) // dt.timedelta(milliseconds=1), 0) << 80)
