"""The worker: one program in two roles, so that a long job never starves ingestion. Started by `creatrail worker`."""

import asyncio
import datetime as dt
import gc
import socket
from contextlib import AsyncExitStack
from typing import Any, Final, Literal

import structlog
import uvloop
from arq.connections import ArqRedis, RedisSettings
from arq.worker import Worker
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tracking.faults import arm_faults
from tracking.jobs import deserialize_job, serialize_job
from tracking.logs import configure_logging, log_start
from tracking.readiness import announce_ready
from tracking.redis_clients import limit_silence
from tracking.settings import Settings
from tracking.streams import INGEST_QUEUE, JOBS_QUEUE
from worker import ingest_role, jobs_role
from worker.lasting import LastingWorker

Role = Literal["ingest", "jobs"]

log = structlog.get_logger()

_QUEUES: Final = {"ingest": INGEST_QUEUE, "jobs": JOBS_QUEUE}
_ROLES: Final = {"ingest": ingest_role, "jobs": jobs_role}


def run(role: Role, settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    configure_logging(settings, f"worker-{role}")
    log_start(settings, name=settings.worker_name, ops=f"{settings.worker_ops_host}:{settings.worker_ops_port}")
    arm_faults(settings.faults)
    uvloop.run(_serve(role, settings))


async def _serve(role: Role, settings: Settings) -> None:
    """The signal ends it, not arq's loop, which may be waiting for Redis."""
    worker, told = make_worker(role, settings), asyncio.Event()
    worker.on_stop = lambda _: told.set()
    working, waiting = asyncio.create_task(worker.async_run()), asyncio.create_task(told.wait())
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not told.is_set():
            await working  # raises what ended it
    finally:
        await worker.close()
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)


def make_worker(role: Role, settings: Settings) -> Worker:
    """arq with every default changed that loses jobs, runs code from Redis, or dies of an outage."""
    module = _ROLES[role]
    running = AsyncExitStack()

    async def start(ctx: dict[str, Any]) -> None:
        await limit_silence_of(ctx["redis"], settings.redis_url)
        ctx.update(await module.start(settings, running))
        _calm_collector()
        announce_ready(settings)

    async def stop(ctx: dict[str, Any]) -> None:  # noqa: ARG001 -- arq passes it by this name
        await running.aclose()

    return LastingWorker(
        functions=module.FUNCTIONS,
        cron_jobs=module.CRONS,
        queue_name=_QUEUES[role],
        redis_settings=describe_redis(settings.redis_url),
        on_startup=start,
        on_shutdown=stop,
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
        keep_result=0,
        max_jobs=4,
        max_tries=100,  # every shutdown counts as a try
        job_timeout=60,
        job_completion_wait=20 if role == "jobs" else 0,
        health_check_interval=15,
        health_check_key=f"{_QUEUES[role]}:health:{settings.worker_name}@{socket.gethostname()}",
        timezone=dt.UTC,
    )


async def limit_silence_of(client: ArqRedis, url: str) -> None:
    """arq takes no such options, and would wait for a quarter of an hour for a host that was cut off."""
    client.connection_pool.connection_kwargs.update(limit_silence(url))
    await client.connection_pool.disconnect()
    # Or it opens the same ones again.
    client.connection_pool.reset()  # type: ignore[no-untyped-call]  # it has no types


def _calm_collector() -> None:
    """A batch is thousands of objects in no cycle: looking through them took a fifth of ingestion's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def describe_redis(url: str) -> RedisSettings:
    """arq's own settings would end the worker on the first blip of Redis."""
    redis_settings = RedisSettings.from_dsn(url)
    redis_settings.conn_retries = 60
    redis_settings.retry = Retry(ExponentialBackoff(cap=2, base=0.1), retries=-1)
    redis_settings.retry_on_error = [RedisConnectionError, RedisTimeoutError, OSError]
    redis_settings.retry_on_timeout = True
    return redis_settings
