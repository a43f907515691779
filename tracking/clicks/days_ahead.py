"""What the coming days need before their first click: salts, so that redirectors agree on visitors, and partitions."""

import datetime as dt

import asyncpg

from tracking.clicks.partitions import make_partitions_ahead
from tracking.clicks.salts import delete_over_salts, make_salts


async def prepare_days(pool: asyncpg.Pool, now: dt.datetime) -> list[str]:
    """Days that are over everywhere lose their salt. Returns the names of the partitions that were missing."""
    await make_salts(pool, now)
    await delete_over_salts(pool, now)
    return await make_partitions_ahead(pool, now)
