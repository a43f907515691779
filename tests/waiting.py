"""Waiting in tests: ask again until it is so, up to a deadline far above what is usual; never a fixed sleep."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 30.0
POLL_S = 0.02


async def eventually(
    read: Callable[[], Awaitable[T]], is_reached: Callable[[T], bool] = bool, *, deadline_s: float = DEADLINE_S
) -> T:
    """The first value of `read` that satisfies `is_reached`; AssertionError with the last one at the deadline."""
    give_up_at = time.monotonic() + deadline_s
    while not is_reached(value := await read()):
        assert time.monotonic() < give_up_at, f"not reached within {deadline_s:.0f} s; the last value was {value!r}"
        await asyncio.sleep(POLL_S)
    return value
