"""Bring the database to this version's schema. Run by `creatrail migrate` and the supervisor, never by a door.

Programs may serve meanwhile: a statement that cannot get its lock within two seconds gives up, so that nobody queues
behind it for longer, and is tried again. How to write migrations so that this is enough: docs/operations/upgrades.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as apply_migrations

from tracking.clicks.days_ahead import prepare_days
from tracking.clock import utc_now
from tracking.database import PATIENT_LIMITS, open_pool
from tracking.orm import describe_orm
from tracking.settings import Settings

MIGRATION_LOCK = 7_261_001
LOCK_ATTEMPTS: Final = 60
LOCK_PAUSE_S: Final = 1.0
POLL_S: Final = 0.2

# An index of a large table takes hours; a lock takes two seconds or is asked for again.
_LIMITS: Final[dict[str, Any]] = {
    **PATIENT_LIMITS,
    "command_timeout": None,
    "server_settings": {**PATIENT_LIMITS["server_settings"], "lock_timeout": "2s"},
}


async def set_up(settings: Settings) -> None:
    """Migrate, and make what the first days need: redirectors that start before the worker then agree on visitors."""
    await migrate(settings)
    pool = await open_pool(settings, max_size=1)
    try:
        await prepare_days(pool, utc_now())
    finally:
        await pool.close()


async def migrate(settings: Settings, *, lock_attempts: int = LOCK_ATTEMPTS) -> None:
    """Apply what is missing. Safe to run from several hosts at once: the others wait, then find nothing to do.

    Raises LockNotAvailableError when somebody holds a table for longer than all attempts together take.
    """
    async with hold_schema(settings):
        for attempt in range(1, lock_attempts + 1):
            try:
                async with TortoiseContext():  # or the connection of the migration stays open
                    await apply_migrations(config=describe_orm(settings.database_url, limits=_LIMITS))
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                if attempt == lock_attempts:
                    raise
                await asyncio.sleep(LOCK_PAUSE_S)
            else:
                return


@asynccontextmanager
async def hold_schema(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """Nobody else migrates, backs up or restores meanwhile; whoever wants to waits.

    By asking again and again: CREATE INDEX CONCURRENTLY waits for every statement that runs, so a statement that waited
    for this lock would wait for its holder and be waited for by it.
    """
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATION_LOCK):  # noqa: ASYNC110 -- other processes hold it
            await asyncio.sleep(POLL_S)
        yield connection
    finally:
        await connection.close()
