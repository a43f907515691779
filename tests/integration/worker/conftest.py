"""What tests of the worker start from: an account whose clicks go into the stream, and the stores to look into."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from creatrail.embedded.valkey import EmbeddedValkey
from tests.brand import make_brand
from tests.clicking import make_account
from tests.erasing import Site, plant
from tests.servers import own_valkey
from tracking.clicks.event import (
    CONFIRMATION_VERSION,
    VERSION,
    ClickEvent,
    Confirmation,
    encode_click,
    encode_confirmation,
)
from tracking.conversions.event import ConversionEvent, encode_conversion
from tracking.impressions.event import Impression, encode_impression
from tracking.settings import Settings
from tracking.snippets.event import Sighting, encode_sighting
from tracking.streams import CLICK_GROUP, CLICK_STREAM, VERSIONS, Mark
from worker.contracts import StreamEvent
from worker.ingest import Ingester

ENTRIES: dict[type[StreamEvent], tuple[bytes, Callable[[Any], bytes]]] = {
    ClickEvent: (VERSION, encode_click),
    Confirmation: (CONFIRMATION_VERSION, encode_confirmation),
    ConversionEvent: (VERSIONS[Mark.CONVERSION], encode_conversion),
    Impression: (VERSIONS[Mark.IMPRESSION], encode_impression),
    Sighting: (VERSIONS[Mark.SIGHTING], encode_sighting),
}


@dataclass(frozen=True)
class Scene:
    account_id: int
    settings: Settings
    pool: asyncpg.Pool
    client: redis.asyncio.Redis

    async def publish(self, *events: StreamEvent) -> list[bytes]:
        """Put events into the stream as the redirector does. Answers with the entry ids."""
        pipeline = self.client.pipeline(transaction=False)
        for event in events:
            version, encode = ENTRIES[type(event)]
            pipeline.xadd(CLICK_STREAM, {version: encode(event)})
        entry_ids: list[bytes] = await pipeline.execute()
        return entry_ids

    async def hand_out(self, consumer: str) -> None:
        """Let a worker of that name read everything, and do nothing with it."""
        with contextlib.suppress(redis.exceptions.ResponseError):  # there is one already
            await self.client.xgroup_create(CLICK_STREAM, CLICK_GROUP, id="0")
        await self.client.xreadgroup(CLICK_GROUP, consumer, {CLICK_STREAM: ">"})

    def make_ingester(self, on_stored: Callable[[], None] = lambda: None, **changes: Any) -> Ingester:
        """`changes` are settings."""
        return Ingester(msgspec.structs.replace(self.settings, **changes), self.pool, self.client, on_stored)

    async def read_waiting(self) -> tuple[int, int]:
        """Entries in the stream, and of them those that were handed out."""
        pending: Any = await self.client.xpending(CLICK_STREAM, CLICK_GROUP)
        return await self.client.xlen(CLICK_STREAM), pending["pending"]


@pytest.fixture
async def scene(settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Scene:
    return Scene(await make_account(pool), settings, pool, redis_client)


@pytest.fixture
async def site_of_a_contact(
    orm: TortoiseContext,
    pool: asyncpg.Pool,
    redis_client: redis.asyncio.Redis,
    settings: Settings,
    tmp_path: Path,
) -> Site:
    """Who is to be forgotten, with traces everywhere; the spool is this test's."""
    settings = msgspec.structs.replace(settings, spool_dir=tmp_path / "spool")
    return Site(pool, redis_client, settings, await plant(pool, redis_client, settings, await make_brand()))


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    """To kill, or to fill: the test's own."""
    with own_valkey() as server:
        yield server
