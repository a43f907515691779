"""Stores are killed under a running ingester and come back; it waits, and then every click is there once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import redis.asyncio

from tests.clicking import make_account, make_event, read_totals
from tests.integration.worker.conftest import Scene
from tests.servers import make_settings, own_valkey, server_folders
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.clicks.event import ClickEvent
from tracking.database import TRANSIENT_ERRORS, open_pool
from tracking.reports.audit import audit
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R3")


@asynccontextmanager
async def open_scene(database_url: str, redis_url: str) -> AsyncIterator[Scene]:
    with server_folders() as folders:
        settings = make_settings(database_url, redis_url, folders.state)
        pool = await open_pool(settings, max_size=8)
        client = redis.asyncio.Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=1)
        try:
            yield Scene(await make_account(pool), settings, pool, client)
        finally:
            await client.aclose()
            await pool.close()


@asynccontextmanager
async def ingesting(scene: Scene) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    loop = asyncio.create_task(scene.make_ingester(ingest_batch=20).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await loop


async def check_all_are_stored_once(scene: Scene, count: int) -> None:
    async def is_stored() -> bool:
        try:
            stored = await scene.pool.fetchval("SELECT count(*) FROM click")
            return stored == count and await scene.read_waiting() == (0, 0)
        except redis.RedisError:
            return False
        except TRANSIENT_ERRORS:
            return False  # the first call on a connection that died

    await eventually(is_stored)
    assert (await read_totals(scene.pool, scene.account_id))["human_clicks"] == count
    assert (await audit(scene.pool)).differences == []


async def test_clicks_wait_while_postgres_is_down(settings: Settings) -> None:
    async with (
        own_migrated_postgres(settings) as (postgres, own),
        open_scene(own.database_url, own.redis_url) as scene,
    ):
        events = [make_event(scene.account_id, visitor=number % 30) for number in range(300)]
        async with ingesting(scene):
            await scene.publish(*events[:150])
            postgres.crash()
            await scene.publish(*events[150:])
            postgres.start()
            await check_all_are_stored_once(scene, 300)


async def test_clicks_survive_a_valkey_that_is_killed(settings: Settings) -> None:
    # everysec may put a write off while the disk is busy: the ring of a redirector reminds Valkey of it, nobody here.
    with own_valkey({"appendfsync": "always"}) as valkey:
        async with open_scene(settings.database_url, valkey.url) as scene:
            events = [make_event(scene.account_id, visitor=number % 30) for number in range(300)]
            async with ingesting(scene):
                await scene.publish(*events[:200])
                valkey.crash()
                valkey.start()
                await eventually(lambda: can_publish(scene, *events[150:]))
                await check_all_are_stored_once(scene, 300)


async def can_publish(scene: Scene, *events: ClickEvent) -> bool:
    try:
        await scene.publish(*events)
    except redis.RedisError:
        return False
    return True
