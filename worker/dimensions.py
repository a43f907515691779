"""The loop that counts clicks by device, browser, referrer and the like, in the jobs role: reports may wait."""

import asyncio
import time
from typing import Final

import asyncpg

from tracking.dimensions.following import follow_once
from worker.patience import ReportSuccess, is_set_within, keep_running

LOOK_EVERY_S: Final = 1.0
STAND_BY_S: Final = 5.0
# Nearly all of it is PostgreSQL's work. What waits is counted together, so that being behind makes each click cheaper.
REST_PER_WORK: Final = 2.0


async def run_dimensions(pool: asyncpg.Pool, stopping: asyncio.Event) -> None:
    """Until stopping. One process counts at a time."""

    async def count(report_success: ReportSuccess) -> None:
        while not stopping.is_set():
            started_at = time.monotonic()
            events = await follow_once(pool)
            report_success()
            rest_s = max(LOOK_EVERY_S, REST_PER_WORK * (time.monotonic() - started_at))
            await is_set_within(stopping, STAND_BY_S if events is None else rest_s)

    await keep_running("dimensions", count, stopping)
