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
from bench.scale.sizes import OF_CLICKS, Size, read_sizes, read_wal
from bench.stores import Stores
from tracking.streams import CLICK_STREAM

DEADLINE_S: Final = 300
POLL_S: Final = 0.02
EMPTIED: Final = ", ".join((*OF_CLICKS, "rollup_delta", "event_outbox", "event_log", "rollup", "dimension_rollup"))
_IS_COUNTING: Final = "SELECT EXISTS (SELECT FROM rollup_delta) OR EXISTS (SELECT FROM event_outbox)"
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
    wal_bytes: float


@dataclass(frozen=True)
class Passage:
    storing: Phase
    following: Phase
    sizes: dict[str, Size]


async def follow_batch(stores: Stores, ingest: Program, jobs: Program, clicks: int) -> Passage:
    """The followers are stopped while the clicks are stored, so that each phase is measured alone."""
    connection = await asyncpg.connect(stores.make_settings().database_url)
    try:
        with stores.open_redis() as client:
            os.kill(jobs.pid, signal.SIGSTOP)
            await connection.execute(f"TRUNCATE {EMPTIED}")
            await connection.execute("VACUUM FREEZE user_agent")
            await connection.execute("CHECKPOINT")
            before = await read_sizes(connection)
            queue_prepared(client)
            storing = await _measure(stores, connection, ingest, lambda: _is_storing(connection, client))
            os.kill(jobs.pid, signal.SIGCONT)
            following = await _measure(stores, connection, jobs, lambda: _ask(connection, _IS_FOLLOWING))
        await require_all_counted(connection, clicks)
        after = await read_sizes(connection)
    finally:
        os.kill(jobs.pid, signal.SIGCONT)
        await connection.close()
    sizes = {
        name: Size(size.heap - before[name].heap, size.indexes - before[name].indexes) for name, size in after.items()
    }
    return Passage(storing, following, sizes)


async def _measure(
    stores: Stores, connection: asyncpg.Connection, worker: Program, is_at_it: Callable[[], Awaitable[bool]]
) -> Phase:
    def read_cpu_s() -> tuple[float, float, float]:
        return worker.read_cpu_s(), stores.read_postgres_cpu_s(), stores.valkey_program.read_cpu_s()

    cpu, wal, started_at = read_cpu_s(), await read_wal(connection), time.perf_counter()
    give_up_at = time.monotonic() + DEADLINE_S
    while await is_at_it():
        if time.monotonic() > give_up_at:
            raise BenchError(f"{worker.name} is still at it after {DEADLINE_S} s")
        await asyncio.sleep(POLL_S)
    elapsed_s = time.perf_counter() - started_at
    worker_s, postgres_s, redis_s = (end - start for start, end in zip(cpu, read_cpu_s(), strict=True))
    return Phase(elapsed_s, worker_s, postgres_s, redis_s, await read_wal(connection) - wal)


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
