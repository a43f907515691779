"""One batch of clicks through everything behind the redirector: first stored and folded, then followed."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import asyncpg
import redis

from bench.ingest.draining import require_all_counted
from bench.ingest.queue import PREPARED_STREAM, queue_prepared
from bench.programs import BenchError, Program
from bench.scale.sizes import Size, read_sizes
from bench.scale.wal import Written, read_position, read_written
from bench.stores import Stores
from tracking.streams import CLICK_STREAM

DEADLINE_S: Final = 300
POLL_S: Final = 0.02
_COUNTED: Final = ("rollup_delta", "outcome_delta", "event_outbox")
_IS_COUNTING: Final = "SELECT " + " OR ".join(f"EXISTS (SELECT FROM {table})" for table in _COUNTED)
_FOLLOWERS: Final = ("behaviour_state", "conversion_follower", "dimension_state")
_IS_FOLLOWING: Final = "SELECT max(log.position) > least({}) FROM event_log AS log".format(
    ", ".join(f"(SELECT position FROM {follower})" for follower in _FOLLOWERS)
)


@dataclass(frozen=True)
class Phase:
    elapsed_s: float
    worker_cpu_s: float
    postgres_cpu_s: float
    redis_cpu_s: float


@dataclass(frozen=True)
class Passage:
    storing: Phase
    following: Phase
    wal: Written
    sizes: dict[str, Size]


async def follow_batch(stores: Stores, ingest: Program, jobs: Program, stored: int) -> Passage:
    """What is prepared joins what is there, after a checkpoint: `stored` clicks then.

    The followers are stopped while it is stored, so that each phase is measured alone.
    """
    connection = await asyncpg.connect(stores.make_settings().database_url)
    try:
        with stores.open_redis() as client:
            os.kill(jobs.pid, signal.SIGSTOP)
            await connection.execute("CHECKPOINT")
            before, began_at = await read_sizes(connection), await read_position(connection)
            queue_prepared(client)
            storing = await _measure(stores, ingest, lambda: _is_storing(connection, client))
            os.kill(jobs.pid, signal.SIGCONT)
            following = await _measure(stores, jobs, lambda: _ask(connection, _IS_FOLLOWING))
            ended_at = await read_position(connection)
        await require_all_counted(connection, stored)
        after = await read_sizes(connection)
    finally:
        os.kill(jobs.pid, signal.SIGCONT)
        await connection.close()
    sizes = {
        name: Size(size.heap - before[name].heap, size.indexes - before[name].indexes) for name, size in after.items()
    }
    return Passage(storing, following, read_written(stores, began_at, ended_at), sizes)


async def _measure(stores: Stores, worker: Program, is_at_it: Callable[[], Awaitable[bool]]) -> Phase:
    def read_cpu_s() -> tuple[float, float, float]:
        return worker.read_cpu_s(), stores.read_postgres_cpu_s(), stores.valkey_program.read_cpu_s()

    cpu, started_at = read_cpu_s(), time.perf_counter()
    give_up_at = time.monotonic() + DEADLINE_S
    while await is_at_it():
        if time.monotonic() > give_up_at:
            raise BenchError(f"{worker.name} is still at it after {DEADLINE_S} s")
        await asyncio.sleep(POLL_S)
    elapsed_s = time.perf_counter() - started_at
    worker_s, postgres_s, redis_s = (end - start for start, end in zip(cpu, read_cpu_s(), strict=True))
    return Phase(elapsed_s, worker_s, postgres_s, redis_s)


async def _is_storing(connection: asyncpg.Connection, client: redis.Redis) -> bool:
    """Counts and events are written before a click leaves the stream, so an empty stream is asked for first."""
    return bool(client.xlen(CLICK_STREAM)) or await _ask(connection, _IS_COUNTING)


async def _ask(connection: asyncpg.Connection, question: str) -> bool:
    return bool(await connection.fetchval(question))


def read_queue_bytes(client: redis.Redis) -> tuple[float, float]:
    """Of what is prepared: in memory, and in the append-only file, in which nothing else is."""
    memory = client.memory_usage(PREPARED_STREAM, samples=0)
    persistence = client.info("persistence")
    return float(memory or 0), float(persistence["aof_current_size"])  # type: ignore[arg-type, index] # as if awaited
