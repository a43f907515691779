"""The loop of behaviour passes, in the jobs role: a pass every second while clicks come, and a rest after each."""

import asyncio
import time
from typing import Final

import asyncpg

from tracking.bots.behaviour.service import pass_once, try_to_become_watcher
from worker.patience import ReportSuccess, is_set_within, keep_running

LOOK_EVERY_S: Final = 1.0
STAND_BY_S: Final = 5.0
# A pass is mostly PostgreSQL's work: half of the time is left to jobs, however far behind the passes are.
REST_PER_WORK: Final = 1.0


async def run_behaviour(pool: asyncpg.Pool, stopping: asyncio.Event) -> None:
    """Until stopping. One process looks; the others stand by for when it ends."""

    async def watch(report_success: ReportSuccess) -> None:
        async with pool.acquire() as connection:
            while not await try_to_become_watcher(connection):
                report_success()
                if await is_set_within(stopping, STAND_BY_S):
                    return
            while not stopping.is_set():
                started_at = time.monotonic()
                events = await pass_once(pool, connection)
                report_success()
                rest_s = REST_PER_WORK * (time.monotonic() - started_at)
                await is_set_within(stopping, rest_s if events else LOOK_EVERY_S)

    await keep_running("behaviour", watch, stopping)
