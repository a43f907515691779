"""A worker says whether it can work, and what waits; each shown by breaking the thing."""

import json
from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec
import redis.asyncio

from tests.clicking import make_event
from tests.integration.worker.conftest import Scene
from tracking.database import open_pool
from tracking.redis_clients import make_client
from tracking.settings import Settings
from tracking.store_watch import StoreWatch
from tracking.streams import CLICK_STREAM
from worker.health import OLD_BACKLOG_S, say_ready
from worker.metrics import render_metrics

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"
NO_REDIS = "redis://127.0.0.1:1/0"


async def ask(
    settings: Settings, pool: asyncpg.Pool, clients: Sequence[redis.asyncio.Redis]
) -> tuple[int, dict[str, Any]]:
    page = await say_ready(StoreWatch(settings, pool, clients), pool, clients)
    answer: dict[str, Any] = json.loads(page.text)
    return page.status.value, answer


async def test_one_that_can_work_is_ready(scene: Scene) -> None:
    status, answer = await ask(scene.settings, scene.pool, [scene.client])

    assert (status, answer["status"], answer["problems"]) == (200, "ready", [])


async def test_what_has_waited_for_long_is_a_remark(scene: Scene) -> None:
    await scene.client.xadd(CLICK_STREAM, {"1": b"x"}, id="1-1")
    await scene.publish(make_event(scene.account_id))

    status, answer = await ask(scene.settings, scene.pool, [scene.client])

    assert status == 200
    (told,) = [each for each in answer["remarks"] if "entries of the stream wait" in each]
    assert told.startswith("2 entries of the stream wait, the oldest for ")
    assert int(told.split()[-2]) > OLD_BACKLOG_S


async def test_a_store_that_is_down_is_named_and_metrics_say_so(scene: Scene) -> None:
    settings = msgspec.structs.replace(scene.settings, database_url=NOWHERE, redis_url=NO_REDIS)
    pool = await open_pool(settings)
    async with make_client(NO_REDIS) as client:
        status, answer = await ask(settings, pool, [client])
        metrics = (await render_metrics(pool, client, [client])).text.decode()
    await pool.close()

    assert status == 503
    named = [problem.partition(" has not")[0] for problem in answer["problems"]]
    assert named == ["PostgreSQL at DATABASE_URL", "Redis at REDIS_URL"]
    assert "creatrail_worker_postgresql_up 0.0" in metrics
    assert "creatrail_worker_redis_up 0.0" in metrics
    assert "creatrail_worker_fold_age_seconds" not in metrics
