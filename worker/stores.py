"""What both roles open first and close last."""

from contextlib import AsyncExitStack
from typing import NamedTuple

import asyncpg
import redis.asyncio

from tracking.database import open_pool
from tracking.settings import Settings


class Stores(NamedTuple):
    pool: asyncpg.Pool
    client: redis.asyncio.Redis


async def open_stores(settings: Settings, running: AsyncExitStack) -> Stores:
    """Neither is connected to yet, so that a store that is down at the start stops nobody."""
    pool = await open_pool(settings, max_size=settings.database_pool_size)
    running.push_async_callback(pool.close)
    client = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=1)
    running.push_async_callback(client.aclose)
    return Stores(pool, client)
