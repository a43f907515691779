"""Clients of every Redis that the click stream is spread over, for whoever reads it or asks how much waits there."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

import redis.asyncio

from tracking.redis_clients import make_client
from tracking.settings import Settings

ClickShards: TypeAlias = Sequence[redis.asyncio.Redis]


@asynccontextmanager
async def open_click_shards(settings: Settings) -> AsyncIterator[ClickShards]:
    """In the order of the setting. Connects to none yet."""
    async with AsyncExitStack() as running:
        yield [await running.enter_async_context(make_client(url)) for url in settings.click_stream_urls]
