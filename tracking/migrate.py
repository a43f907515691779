"""Bring the database to this version's schema. Run by `creatrail migrate` and the supervisor, never by a door."""

import asyncpg
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as apply_migrations

from tracking.clicks.days_ahead import prepare_days
from tracking.clock import utc_now
from tracking.database import PATIENT_LIMITS, open_pool
from tracking.orm import describe_orm
from tracking.settings import Settings

MIGRATION_LOCK = 7_261_001


async def set_up(settings: Settings) -> None:
    """Migrate, and make what the first days need: redirectors that start before the worker then agree on visitors."""
    await migrate(settings)
    pool = await open_pool(settings, max_size=1)
    try:
        await prepare_days(pool, utc_now())
    finally:
        await pool.close()


async def migrate(settings: Settings) -> None:
    """Apply what is missing. Safe to run from several hosts at once: the others wait, then find nothing to do."""
    lock = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        async with TortoiseContext():  # or the connection of the migration stays open
            await apply_migrations(config=describe_orm(settings.database_url, limits=PATIENT_LIMITS))
    finally:
        await lock.close()
