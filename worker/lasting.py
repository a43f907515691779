"""arq's worker without what ends it, keeps it from ending, or leaves out what is due, when Redis fails (ADR 0006)."""

import asyncio
import datetime as dt
from contextlib import suppress
from functools import cached_property
from typing import Final
from uuid import uuid4

import structlog
from arq.constants import in_progress_key_prefix, job_key_prefix, result_key_prefix
from arq.cron import CronJob
from arq.jobs import serialize_job
from arq.utils import timestamp_ms, to_unix_ms
from arq.worker import Worker
from redis.exceptions import RedisError

PATIENCE_S: Final = 1.0  # with a Redis that is away, before each time that a task is told to end
TIMES_TOLD: Final = 3  # a cancellation ends one wait for Redis, and there may be another behind it

log = structlog.get_logger()


class LastingWorker(Worker):
    """Without WATCH, which redis-py breaks off in ways that arq does not expect, and with an end that asks nobody."""

    @cached_property
    def _signature(self) -> bytes:
        return uuid4().bytes

    async def _poll_iteration(self) -> None:
        try:
            await super()._poll_iteration()
        except RedisError as error:  # also a refused write: no memory, or a full disk
            log.warning("jobs wait", error=str(error))

    async def start_jobs(self, job_ids: list[bytes]) -> None:
        for job_id in (each.decode() for each in job_ids):
            if self.job_counter >= self.max_jobs:
                return
            if job_id not in self.tasks and (score := await self._claim(job_id)) is not None:
                await self.sem.acquire()
                self.job_counter += 1
                self.tasks[job_id] = self.loop.create_task(self.run_job(job_id, score))
                self.tasks[job_id].add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())

    async def _claim(self, job_id: str) -> int | None:
        """Its score, unless another has it in hand. A claim whose answer was lost is ours all the same."""
        key = in_progress_key_prefix + job_id
        for_ms = int(self.in_progress_timeout_s * 1_000)
        is_claimed = await self.pool.set(key, self._signature, px=for_ms, nx=True)
        if not is_claimed and await self.pool.get(key) != self._signature:
            return None
        score = await self.pool.zscore(self.queue_name, job_id)
        if score is None or score > timestamp_ms():
            await self.pool.delete(key)
            return None
        return int(score)

    async def run_cron(self, n: dt.datetime, delay: float, num_windows: int = 2) -> None:
        """A tick that cannot be asked for stays due. Of those that were missed meanwhile the first is asked for."""
        for tick in self.cron_jobs:
            if tick.next_run is None and tick.run_at_startup:
                tick.next_run = n
            elif tick.next_run is None:
                tick.calculate_next(n)
        for tick in self.cron_jobs:
            if tick.next_run is not None and tick.next_run < n + dt.timedelta(seconds=delay * num_windows):
                await self._ask_for(tick, tick.next_run)
                tick.calculate_next(max(tick.next_run, n))

    async def _ask_for(self, tick: CronJob, due_at: dt.datetime) -> None:
        """Once, however many workers do, by its id."""
        job_id = f"{tick.name}:{to_unix_ms(due_at)}" if tick.unique else uuid4().hex
        key = job_key_prefix + job_id
        if await self.pool.exists(key, result_key_prefix + job_id):
            return
        now_ms = timestamp_ms()
        score = max(to_unix_ms(due_at), now_ms)
        job = serialize_job(tick.name, (), {}, None, now_ms, serializer=self.job_serializer)
        async with self.pool.pipeline(transaction=True) as pipe:
            pipe.set(key, job, px=score - now_ms + self.expires_extra_ms, nx=True)
            pipe.zadd(self.queue_name, {job_id: score}, nx=True)
            await pipe.execute()

    async def _sleep_until_tasks_complete(self) -> None:
        """arq's waits until they are polled as well."""
        if self.tasks:
            await asyncio.wait(self.tasks.values())

    async def close(self) -> None:
        """arq's asks Redis before it lets anything else end, for as long as there is none."""
        tasks = {task for task in (self.main_task, *self.tasks.values()) if task is not None}
        for _ in range(TIMES_TOLD):
            if late := {task for task in tasks if not task.done()}:
                await asyncio.wait(late, timeout=PATIENCE_S)
            for task in late:
                task.cancel()
        await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
        if self._pool is None:
            return
        if self.on_shutdown:
            await self.on_shutdown(self.ctx)
        with suppress(TimeoutError, RedisError):
            async with asyncio.timeout(PATIENCE_S):
                await self.pool.delete(self.health_check_key)
        await self.pool.aclose(close_connection_pool=True)
        self._pool = None
