"""Loops that outlive every outage of a store: they back off, and try again until they are told to stop."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

FAILURES: Final[Counter[str]] = Counter()
"""Of this process, by the name of the loop."""

FIRST_PAUSE_S: Final = 0.3
LONGEST_PAUSE_S: Final = 10.0

ReportSuccess = Callable[[], None]

log = structlog.get_logger()


class Backoff:
    """Pauses that double from 0.3 s up to 10 s, each with jitter, so that workers do not come back in step."""

    def __init__(self) -> None:
        self._pause_s = FIRST_PAUSE_S

    def reset(self) -> None:
        self._pause_s = FIRST_PAUSE_S

    def next_pause_s(self) -> float:
        pause_s = self._pause_s
        self._pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        return pause_s * random.uniform(0.5, 1)  # noqa: S311 -- chance, not a secret


async def is_set_within(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return False
    return True


async def keep_running(name: str, work: Callable[[ReportSuccess], Awaitable[None]], stopping: asyncio.Event) -> None:
    """Run `work` until stopping; after an error run it again. It is given a function to call whenever it succeeds."""
    backoff = Backoff()
    while not stopping.is_set():
        try:
            await work(backoff.reset)
        except Exception as error:  # noqa: BLE001 -- whatever it is, clicks go on arriving
            while isinstance(error, ExceptionGroup):
                error = error.exceptions[0]
            FAILURES[name] += 1
            pause_s = backoff.next_pause_s()
            log.warning("retrying", loop=name, error=type(error).__name__, detail=str(error)[:200], pause_s=pause_s)
            await is_set_within(stopping, pause_s)
