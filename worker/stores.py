"""What both roles open first and close last."""

from contextlib import AsyncExitStack
from typing import NamedTuple

import asyncpg
import redis.asyncio

from tracking.click_shards import ClickShards, open_click_shards
from tracking.database import open_pool
from tracking.redis_clients import make_client
from tracking.settings import Settings
from tracking.store_watch import StoreWatch


class Stores(NamedTuple):
    pool: asyncpg.Pool
    client: redis.asyncio.Redis
    shards: ClickShards


async def open_stores(settings: Settings, running: AsyncExitStack) -> Stores:
    """Neither is connected to yet, so that a store that is down at the start stops nobody."""
    pool = await open_pool(settings, max_size=settings.database_pool_size)
    running.push_async_callback(pool.close)
    client = await running.enter_async_context(make_client(settings.redis_url))
    return Stores(pool, client, await running.enter_async_context(open_click_shards(settings)))


def watch_stores(settings: Settings, stores: Stores) -> StoreWatch:
    return StoreWatch(settings, stores.pool, (stores.client, *stores.shards))
