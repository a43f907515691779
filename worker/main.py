"""The worker: one program in two roles, so that a long job never starves ingestion. Started by `creatrail worker`."""

import asyncio
import datetime as dt
import gc
import socket
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, Literal

import structlog
import uvloop
from arq.connections import ArqRedis, RedisSettings
from arq.worker import Worker
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from tracking.faults import arm_faults
from tracking.jobs import deserialize_job, serialize_job
from tracking.logs import configure_logging, log_start
from tracking.readiness import announce_ready
from tracking.redis_clients import limit_silence
from tracking.settings import Settings
from tracking.streams import INGEST_QUEUE, JOBS_QUEUE
from worker import ingest_role, jobs_role

Role = Literal["ingest", "jobs"]

log = structlog.get_logger()

GOODBYE_S: Final = 1.0

_QUEUES: Final = {"ingest": INGEST_QUEUE, "jobs": JOBS_QUEUE}
_ROLES: Final = {"ingest": ingest_role, "jobs": jobs_role}


def run(role: Role, settings: Settings) -> None:
    """Until SIGTERM or SIGINT."""
    configure_logging(settings, f"worker-{role}")
    log_start(settings, name=settings.worker_name, ops=f"{settings.worker_ops_host}:{settings.worker_ops_port}")
    arm_faults(settings.faults)
    uvloop.run(_serve(role, settings))


async def _serve(role: Role, settings: Settings) -> None:
    worker = make_worker(role, settings)
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        pass  # how arq ends on a signal
    finally:
        await worker.close()


class LastingWorker(Worker):
    """arq's ends with the first write that Redis refuses, and with a connection that breaks amid a transaction."""

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except RedisError as error:
            log.warning("jobs wait", error=str(error))

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        """A job that could not be looked up keeps nobody's place: arq's would, until none is left."""
        for job_id in job_ids:
            try:
                await super().start_jobs([job_id])
            except RedisError:
                self._release_sem_dec_counter_on_complete()
                raise

    async def run_cron(self, n: dt.datetime, delay: float, num_windows: int = 2) -> None:
        """What could not be asked for is asked for at the next poll: no tick is asked for twice, by its id."""
        planned = [(job, job.next_run) for job in self.cron_jobs]
        try:
            await super().run_cron(n, delay, num_windows)
        except RedisError:
            for job, next_run in planned:
                job.next_run = next_run
            raise

    async def close(self) -> None:
        """arq's asks Redis before it lets anything end, as long as there is none; and raises for a job it cut off."""
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        if self._pool is None:
            return
        if self.on_shutdown:
            await self.on_shutdown(self.ctx)
        with suppress(TimeoutError, RedisError):
            async with asyncio.timeout(GOODBYE_S):
                await self.pool.delete(self.health_check_key)
        await self.pool.aclose(close_connection_pool=True)
        self._pool = None


def make_worker(role: Role, settings: Settings) -> Worker:
    """arq with every default changed that loses jobs, runs code from Redis, or dies of an outage."""
    module = _ROLES[role]
    running = AsyncExitStack()

    async def start(ctx: dict[str, Any]) -> None:
        await _limit_silence(ctx["redis"], settings.redis_url)
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


async def _limit_silence(client: ArqRedis, url: str) -> None:
    """arq takes no such options, and would wait for a quarter of an hour for a host that was cut off."""
    client.connection_pool.connection_kwargs.update(limit_silence(url))
    await client.connection_pool.disconnect()


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
