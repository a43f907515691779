"""The loops that look at conversions again, in the jobs role: in time, and when clicks are judged anew."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from tracking.conversions.rechecking import follow_clicks, recheck_due
from worker.patience import ReportSuccess, is_set_within, keep_running

FOLLOWER_LOCK: Final = 7_261_006
LOOK_EVERY_S: Final = 1.0
STAND_BY_S: Final = 5.0
# Half of the time is left to jobs, however much there is to look at.
REST_PER_WORK: Final = 1.0

Look = Callable[[asyncpg.Pool], Awaitable[int]]


async def run_conversions(pool: asyncpg.Pool, stopping: asyncio.Event) -> None:
    """Until stopping. One process looks; the others stand by for when it ends."""

    async def watch(report_success: ReportSuccess) -> None:
        async with pool.acquire() as connection:
            while not await try_to_become_follower(connection):
                report_success()
                if await is_set_within(stopping, STAND_BY_S):
                    return
            async with asyncio.TaskGroup() as looks:
                for look in (follow_clicks, recheck_due):
                    looks.create_task(_look(look, pool, stopping, report_success))

    await keep_running("conversions", watch, stopping)


async def try_to_become_follower(connection: asyncpg.Connection) -> bool:
    """True on the connection whose process looks from now on, until it closes."""
    is_follower: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", FOLLOWER_LOCK)
    return is_follower


async def _look(look: Look, pool: asyncpg.Pool, stopping: asyncio.Event, report_success: ReportSuccess) -> None:
    while not stopping.is_set():
        started_at = time.monotonic()
        seen = await look(pool)
        report_success()
        rest_s = REST_PER_WORK * (time.monotonic() - started_at)
        await is_set_within(stopping, rest_s if seen else LOOK_EVERY_S)
