"""The loop that queues webhooks: woken by Redis, patient without it, and killed where it hurts most."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from creatrail.embedded.folders import PROJECT
from tests.clicking import make_account, make_event, store
from tests.hooking import add_endpoint, list_ids, read_queue
from tests.integration.worker.programs import running_worker
from tests.servers import describe_environment
from tests.traits import relay_all
from tests.waiting import eventually
from tracking.events.relay import relay_once, wake_readers
from tracking.settings import Settings
from tracking.webhooks.following import follow_once
from worker import webhook_follower
from worker.webhook_follower import run_webhook_follower

pytestmark = pytest.mark.feature("R13")

CRASHED = 9


@asynccontextmanager
async def following(pool: asyncpg.Pool, client: redis.asyncio.Redis) -> AsyncIterator[None]:
    """The loop runs, and ends when it is told to."""
    stopping = asyncio.Event()
    loop = asyncio.create_task(run_webhook_follower(pool, client, None, stopping))
    try:
        yield
    finally:
        stopping.set()
        await loop


async def click_and_wake(pool: asyncpg.Pool, client: redis.asyncio.Redis, account_id: int) -> None:
    await store(pool, make_event(account_id))
    async with pool.acquire() as connection:
        await wake_readers(client, await relay_once(connection))


async def count_queued(pool: asyncpg.Pool) -> int:
    found: int = await pool.fetchval("SELECT count(*) FROM webhook_delivery")
    return found


async def test_it_queues_when_it_is_woken(
    pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_follower, "LOOK_EVERY_S", 3_600.0)
    account_id = await make_account(pool)
    await add_endpoint(pool, account_id)
    async with following(pool, redis_client):
        await eventually(redis_client.pubsub_numpat)
        await click_and_wake(pool, redis_client, account_id)
        await eventually(lambda: count_queued(pool))
        monkeypatch.setattr(webhook_follower, "LOOK_EVERY_S", 0.0)
        await click_and_wake(pool, redis_client, account_id)
        await eventually(lambda: count_queued(pool), lambda queued: queued == 2)


async def test_it_looks_by_itself_while_redis_is_away(pool: asyncpg.Pool) -> None:
    nobody = redis.asyncio.Redis(host="127.0.0.1", port=1)
    account_id = await make_account(pool)
    await add_endpoint(pool, account_id)
    async with following(pool, nobody):
        await store(pool, make_event(account_id))
        await relay_all(pool)
        await eventually(lambda: count_queued(pool))
    await nobody.aclose()


async def test_it_works_off_replays(pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await store(pool, make_event(account_id))
    await relay_all(pool)
    async with following(pool, redis_client):
        await eventually(lambda: count_queued(pool))
        await pool.execute(
            "INSERT INTO webhook_replay (endpoint_id, from_at, to_at, position, until_position, status, events_queued,"
            " actor_kind, created_at)"
            " SELECT $1, now() - interval '1 day', now(), min(position) - 1, max(position), 'RUNNING', 0, 'SYSTEM',"
            " now() FROM event_log",
            endpoint_id,
        )
        await eventually(lambda: count_queued(pool), lambda queued: queued == 2)
        await eventually(lambda: pool.fetchval("SELECT bool_and(status = 'COMPLETED') FROM webhook_replay"))


@pytest.mark.parametrize("point", ["after_webhook_queue", "before_webhook_commit"])
async def test_a_worker_that_dies_half_way_loses_and_doubles_nothing(
    pool: asyncpg.Pool, settings: Settings, tmp_path: Path, point: str
) -> None:
    account_id = await make_account(pool)
    endpoint_id = await add_endpoint(pool, account_id)
    await store(pool, *(make_event(account_id, visitor=visitor) for visitor in range(30)))
    await relay_all(pool)
    environment = describe_environment(settings) | {"FAULTS": f"{point}:1"}
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "creatrail", "worker", "--jobs", cwd=PROJECT, env=environment
    )
    assert await asyncio.wait_for(doomed.wait(), 60) == CRASHED
    assert await count_queued(pool) == 0

    with running_worker(settings, "jobs", tmp_path / "log"):
        await eventually(lambda: count_queued(pool), lambda queued: queued == 30)
        await eventually(lambda: follow_once(pool, None), lambda has_more: has_more is False)
    ids = list_ids(await read_queue(pool, endpoint_id))
    assert len(ids) == len(set(ids)) == 30
