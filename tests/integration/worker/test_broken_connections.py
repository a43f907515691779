"""Requests to Redis and its answers are lost, and writes refused: no job, no tick and no place is lost with them."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from arq import ArqRedis, create_pool
from arq.cron import CronJob
from arq.utils import to_unix_ms

from creatrail.embedded.valkey import EmbeddedValkey
from tests.chaos.wire import Wire
from tests.integration.worker.lasting import QUEUE, open_queue, working
from tests.waiting import eventually
from tracking.clock import utc_now
from tracking.redis_clients import TIMEOUT_S
from worker.main import describe_redis, limit_silence_of

pytestmark = pytest.mark.feature("R3")

LOST_SHARE = 0.4
LOST_OF_JOBS = 100
LOST_OF_TICKS = 6
JOBS = 100
either_way = pytest.mark.parametrize("lost", ["drop", "cut"], ids=["requests", "answers"])


@pytest.fixture
def wire(valkey: EmbeddedValkey) -> Iterator[Wire]:
    wire = Wire(valkey.socket_path)
    yield wire
    wire.close()


@pytest.fixture
async def queue(valkey: EmbeddedValkey) -> AsyncIterator[ArqRedis]:
    async with open_queue(valkey) as queue:
        yield queue


async def lose_messages(wire: Wire, lost: str, wanted: int) -> None:
    async def count() -> int:
        return wire.tell(lost, LOST_SHARE)

    await eventually(count, lambda count: count >= wanted)
    wire.tell("pass")


async def never(_ctx: dict[str, Any]) -> None:
    """Of workers that take nothing: what they ask for stays where it can be counted."""


async def read_ticks(queue: ArqRedis) -> list[int]:
    """Of which second they are, in ms."""
    return [int(job_id.rpartition(b":")[2]) for job_id in await queue.zrange(QUEUE, 0, -1)]


@either_way
async def test_every_job_is_done(wire: Wire, queue: ArqRedis, lost: str) -> None:
    done: set[int] = set()

    async def note(_ctx: dict[str, Any], number: int) -> None:
        done.add(number)

    async def count_done() -> int:
        return len(done)

    async with working(f"redis://127.0.0.1:{wire.port}", job=note):
        for number in range(JOBS):
            await queue.enqueue_job("job", number)
        await lose_messages(wire, lost, LOST_OF_JOBS)
        await eventually(count_done, lambda count: count == JOBS)
        await eventually(lambda: queue.zcard(QUEUE), lambda waiting: waiting == 0)


@either_way
async def test_every_tick_is_asked_for_once(wire: Wire, queue: ArqRedis, lost: str) -> None:
    async with working(f"redis://127.0.0.1:{wire.port}", tick=never) as worker:
        worker.allow_pick_jobs = False
        await eventually(lambda: read_ticks(queue))
        await lose_messages(wire, lost, LOST_OF_TICKS)
        before = await read_ticks(queue)
        ticks = await eventually(lambda: read_ticks(queue), lambda ticks: len(ticks) > len(before))

    assert ticks == list(range(ticks[0], ticks[0] + 1_000 * len(ticks), 1_000))


async def test_of_the_ticks_that_redis_refused_one_is_asked_for_when_it_does_no_more(
    valkey: EmbeddedValkey, queue: ArqRedis
) -> None:
    async with working(valkey.url, tick=never) as worker:
        worker.allow_pick_jobs = False
        [tick] = worker.cron_jobs
        await eventually(lambda: read_ticks(queue))
        await queue.config_set("maxmemory", 1)
        before = await read_ticks(queue)
        await eventually(lambda: is_late(tick, by_s=3))
        await queue.config_set("maxmemory", 0)
        ticks = await eventually(lambda: read_ticks(queue), lambda ticks: len(ticks) >= len(before) + 3)

    late, first, second = (at - before[-1] for at in ticks[len(before) : len(before) + 3])
    assert (late, second - first) == (1_000, 1_000)
    assert first > 3_000


async def is_late(tick: CronJob, by_s: float) -> bool:
    return tick.next_run is not None and utc_now() - tick.next_run > dt.timedelta(seconds=by_s)


async def test_a_worker_that_starts_while_redis_refuses_leaves_no_tick_out(
    valkey: EmbeddedValkey, queue: ArqRedis
) -> None:
    await queue.config_set("maxmemory", 1)
    async with working(valkey.url, tick=never) as worker:
        worker.allow_pick_jobs = False
        [tick] = worker.cron_jobs
        tick.run_at_startup = True
        await eventually(lambda: is_late(tick, by_s=0.5))
        due_at = tick.next_run
        await queue.config_set("maxmemory", 0)
        ticks = await eventually(lambda: read_ticks(queue))

    assert due_at is not None
    assert ticks[0] == to_unix_ms(due_at)


async def test_two_workers_ask_for_each_tick_once(valkey: EmbeddedValkey, queue: ArqRedis) -> None:
    taken: list[str] = []

    async def note(ctx: dict[str, Any]) -> None:
        taken.append(ctx["job_id"])
        await asyncio.sleep(0)

    async def count_taken() -> int:
        return len(taken)

    async with working(valkey.url, tick=note, keep_result=60), working(valkey.url, tick=note, keep_result=60):
        await eventually(count_taken, lambda count: count >= 3)

    assert len(taken) == len(set(taken))


async def test_the_connection_that_arq_opened_without_a_limit_is_used_no_more(valkey: EmbeddedValkey) -> None:
    pool = await create_pool(describe_redis(valkey.url))
    await limit_silence_of(pool, valkey.url)

    connection = await pool.connection_pool.get_connection()
    assert connection.socket_timeout == TIMEOUT_S
    await pool.connection_pool.release(connection)
    await pool.aclose()
