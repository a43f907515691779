"""Click ids: UUIDv7 (RFC 9562), minted once in the redirector. The time in the id is the time of the click."""

import datetime as dt
import os
import weakref
from uuid import UUID

from tracking.clock import now_ms, read_ms, write_ms

_TIME_BYTES = 6
_TAIL_BYTES = 16 - _TIME_BYTES
_POOL_TAILS = 400
_POOL_BYTES = _POOL_TAILS * _TAIL_BYTES
# For each tail of a pool: what stays random, and what the RFC sets.
_RANDOM_BITS = int.from_bytes(((1 << 76) - 1 & ~(0b11 << 62)).to_bytes(_TAIL_BYTES, "big") * _POOL_TAILS, "big")
_VERSION_AND_VARIANT = int.from_bytes((0x7 << 76 | 0b10 << 62).to_bytes(_TAIL_BYTES, "big") * _POOL_TAILS, "big")


class ClickIdMint:
    """Mints ids as 16 bytes. One per process: random bytes come in bulk, as a system call costs more than a hash."""

    __slots__ = ("__weakref__", "_offset", "_pool")

    def __init__(self) -> None:
        self._pool = b""
        self._offset = 0
        self.refill()
        _mints.add(self)

    def mint(self, at_ms: int | None = None) -> bytes:
        offset = self._offset
        if offset == _POOL_BYTES:
            self.refill()
            offset = 0
        self._offset = end = offset + _TAIL_BYTES
        ms = now_ms() if at_ms is None else at_ms
        return ms.to_bytes(_TIME_BYTES, "big") + self._pool[offset:end]

    def refill(self) -> None:
        drawn = int.from_bytes(os.urandom(_POOL_BYTES), "big")
        self._pool = (drawn & _RANDOM_BITS | _VERSION_AND_VARIANT).to_bytes(_POOL_BYTES, "big")
        self._offset = 0


_mints: weakref.WeakSet[ClickIdMint] = weakref.WeakSet()


def _refill_all() -> None:
    for mint in _mints:
        mint.refill()


os.register_at_fork(after_in_child=_refill_all)  # a child with its parent's pool would mint its parent's ids


def read_click_ms(click_id: bytes) -> int:
    """Milliseconds since the epoch at which the click happened."""
    return int.from_bytes(click_id[:6], "big")


def read_click_time(click_id: UUID) -> dt.datetime:
    return read_ms(click_id.int >> 80)


def lower_bound(at: dt.datetime) -> UUID:
    """The smallest id a click at or after this moment can have: time ranges on clicks are id ranges."""
    return UUID(int=max(write_ms(at), 0) << 80)
