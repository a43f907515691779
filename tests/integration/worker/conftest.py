"""What tests of the worker start from: an account whose clicks go into the stream, and the stores to look into."""

import contextlib
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec
import pytest
import redis.asyncio

from tests.clicking import make_account
from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    ClickEvent,
    Confirmation,
    encode_click,
    encode_confirmation,
)
from tracking.settings import Settings
from tracking.streams import CLICK_GROUP, CLICK_STREAM
from worker.ingest import Ingester


@dataclass(frozen=True)
class Scene:
    account_id: int
    settings: Settings
    pool: asyncpg.Pool
    client: redis.asyncio.Redis

    async def publish(self, *events: ClickEvent | Confirmation) -> list[bytes]:
        """Put events into the stream as the redirector does. Answers with the entry ids."""
        pipeline = self.client.pipeline(transaction=False)
        for event in events:
            if isinstance(event, Confirmation):
                pipeline.xadd(CLICK_STREAM, {CONFIRMATION_VERSION: encode_confirmation(event)})
            else:
                pipeline.xadd(CLICK_STREAM, {VERSION: encode_click(event)})
        entry_ids: list[bytes] = await pipeline.execute()
        return entry_ids

    async def hand_out(self, consumer: str) -> None:
        """Let a worker of that name read everything, and do nothing with it."""
        with contextlib.suppress(redis.exceptions.ResponseError):  # there is one already
            await self.client.xgroup_create(CLICK_STREAM, CLICK_GROUP, id="0")
        await self.client.xreadgroup(CLICK_GROUP, consumer, {CLICK_STREAM: ">"})

    def make_ingester(self, **changes: Any) -> Ingester:
        return Ingester(msgspec.structs.replace(self.settings, **changes), self.pool, self.client)

    async def read_waiting(self) -> tuple[int, int]:
        """Entries in the stream, and of them those that were handed out."""
        pending: Any = await self.client.xpending(CLICK_STREAM, CLICK_GROUP)
        return await self.client.xlen(CLICK_STREAM), pending["pending"]


@pytest.fixture
async def scene(settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Scene:
    return Scene(await make_account(pool), settings, pool, redis_client)
