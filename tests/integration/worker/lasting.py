"""A LastingWorker in this process, on a queue of its own, with a job or a tick of the test's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from arq import ArqRedis, create_pool, func
from arq.connections import RedisSettings
from arq.cron import cron
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff

from creatrail.embedded.valkey import EmbeddedValkey
from worker.lasting import LastingWorker
from worker.main import describe_redis

QUEUE = "a queue of the tests"
MAX_JOBS = 2
MAX_TRIES = 100  # a request that was repeated since its answer was lost counts as another
EVERY_SECOND = set(range(60))


def make_worker(redis_url: str, *, job: Any = None, tick: Any = None, **options: Any) -> LastingWorker:
    redis_settings = describe_redis(redis_url)
    redis_settings.retry = Retry(ConstantBackoff(0.01), retries=-1)
    return LastingWorker(
        functions=[func(job, name="job")] if job else (),
        cron_jobs=[cron(tick, second=EVERY_SECOND)] if tick else None,
        redis_settings=redis_settings,
        queue_name=QUEUE,
        max_jobs=MAX_JOBS,
        max_tries=MAX_TRIES,
        poll_delay=0.02,
        handle_signals=False,
        **options,
    )


@asynccontextmanager
async def working(redis_url: str, **options: Any) -> AsyncIterator[LastingWorker]:
    """Which must not end by itself."""
    worker = make_worker(redis_url, **options)
    running = asyncio.create_task(worker.async_run())
    try:
        yield worker
        assert not running.done()
    finally:
        await worker.close()
        await asyncio.gather(running, return_exceptions=True)


@asynccontextmanager
async def open_queue(valkey: EmbeddedValkey) -> AsyncIterator[ArqRedis]:
    pool = await create_pool(RedisSettings(unix_socket_path=str(valkey.socket_path)), default_queue_name=QUEUE)
    yield pool
    await pool.aclose()
