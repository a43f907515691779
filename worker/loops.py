"""What runs beside ingestion: the folds, which bring counts into reports; the relay, which gives events positions."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tracking.events.relay import relay_once, try_to_become_relay, wake_readers
from tracking.reports.fold import fold_once
from tracking.reports.fold_outcomes import fold_outcomes_once
from worker.patience import ReportSuccess, is_set_within, keep_running

# Other workers and the api leave work too, and cannot wake this process.
LOOK_EVERY_S: Final = 0.25
STAND_BY_S: Final = 1.0
# A fold takes at most a third of the time, so that it never starves the ingestion it follows.
REST_PER_WORK: Final = 2.0


class Wake:
    """Something for a loop to do, said by another loop of this process."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def __call__(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        """Until woken, or until it is time to look anyway."""
        await is_set_within(self._event, LOOK_EVERY_S)
        self._event.clear()


async def run_fold(pool: asyncpg.Pool, wake: Wake, interval_s: float, stopping: asyncio.Event) -> None:
    """Of clicks."""
    await _run_fold("fold", partial(fold_once, pool), wake, interval_s, stopping)


async def run_fold_of_outcomes(pool: asyncpg.Pool, wake: Wake, interval_s: float, stopping: asyncio.Event) -> None:
    await _run_fold("fold of outcomes", partial(fold_outcomes_once, pool), wake, interval_s, stopping)


async def _run_fold(
    name: str, fold_some: Callable[[], Awaitable[int | None]], wake: Wake, interval_s: float, stopping: asyncio.Event
) -> None:
    async def fold(report_success: ReportSuccess) -> None:
        while not stopping.is_set():
            await wake.wait()
            started_at = time.monotonic()
            if await fold_some() is None:
                await is_set_within(stopping, STAND_BY_S)
            report_success()
            await is_set_within(stopping, max(interval_s, REST_PER_WORK * (time.monotonic() - started_at)))

    await keep_running(name, fold, stopping)


async def run_relay(pool: asyncpg.Pool, client: redis.asyncio.Redis, wake: Wake, stopping: asyncio.Event) -> None:
    async def relay(report_success: ReportSuccess) -> None:
        async with pool.acquire() as connection:
            while not await try_to_become_relay(connection):
                report_success()
                if await is_set_within(stopping, STAND_BY_S):
                    return
            while not stopping.is_set():
                await wake.wait()
                while positions := await relay_once(connection):
                    with suppress(RedisError, OSError):  # who is not woken looks by itself
                        await wake_readers(client, positions)
                report_success()

    await keep_running("relay", relay, stopping)
