"""Connections break amid arq's transactions: no worker ends by it, stops taking jobs or leaves a tick out."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from arq import ArqRedis, create_pool, func
from arq.connections import RedisSettings
from arq.cron import cron
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from structlog.testing import capture_logs

from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.wire import Wire
from tests.servers import own_valkey
from tests.waiting import eventually
from worker.main import LastingWorker, describe_redis

pytestmark = pytest.mark.feature("R3")

QUEUE = "a queue of the tests"
MAX_JOBS = 2
LOST_SHARE = 0.4
EVERY_SECOND = set(range(60))


@pytest.fixture
def valkey() -> Iterator[EmbeddedValkey]:
    with own_valkey() as server:
        yield server


@pytest.fixture
def wire(valkey: EmbeddedValkey) -> Iterator[Wire]:
    wire = Wire(valkey.socket_path)
    yield wire
    wire.close()


@pytest.fixture
async def queue(valkey: EmbeddedValkey) -> AsyncIterator[ArqRedis]:
    pool = await create_pool(RedisSettings(unix_socket_path=str(valkey.socket_path)), default_queue_name=QUEUE)
    yield pool
    await pool.aclose()


@asynccontextmanager
async def working(wire: Wire, *, job: Any = None, tick: Any = None) -> AsyncIterator[LastingWorker]:
    redis_settings = describe_redis(f"redis://127.0.0.1:{wire.port}")
    redis_settings.retry = Retry(NoBackoff(), retries=-1)
    worker = LastingWorker(
        functions=[func(job, name="job")] if job else (),
        cron_jobs=[cron(tick, second=EVERY_SECOND)] if tick else None,
        redis_settings=redis_settings,
        queue_name=QUEUE,
        max_jobs=MAX_JOBS,
        poll_delay=0.02,
        handle_signals=False,
    )
    running = asyncio.create_task(worker.async_run())
    yield worker
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await worker.close()


async def break_off(wire: Wire, times: int) -> None:
    """Until so many transactions were broken off where arq does not expect it."""

    async def read_count() -> int:
        return sum(line["event"] == "jobs wait" for line in lines)

    with capture_logs() as lines:
        wire.tell("cut", LOST_SHARE)
        await eventually(read_count, lambda count: count >= times)
        wire.tell("pass")


async def test_jobs_are_taken_afterwards(wire: Wire, queue: ArqRedis) -> None:
    done: list[int] = []

    async def note(_ctx: dict[str, Any], number: int) -> None:
        done.append(number)

    async with working(wire, job=note):
        for number in range(100):
            await queue.enqueue_job("job", number)
        await break_off(wire, times=3 * MAX_JOBS)
        await queue.enqueue_job("job", 1_000)

        async def is_done() -> bool:
            return 1_000 in done

        await eventually(is_done)


async def test_every_tick_is_asked_for_once(wire: Wire, queue: ArqRedis) -> None:
    async def tick(_ctx: dict[str, Any]) -> None:
        """Never taken: what is asked for stays where it can be counted."""

    async def read_ticks() -> list[int]:
        return [int(job_id.rpartition(b":")[2]) for job_id in await queue.zrange(QUEUE, 0, -1)]

    async with working(wire, tick=tick) as worker:
        worker.allow_pick_jobs = False
        await eventually(read_ticks)
        await break_off(wire, times=3)
        before = await read_ticks()
        ticks = await eventually(read_ticks, lambda ticks: len(ticks) > len(before))

    assert ticks == list(range(ticks[0], ticks[0] + 1_000 * len(ticks), 1_000))
