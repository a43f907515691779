"""A running worker that finds clicks queued, until all are stored and folded; the measured side of the bench."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg
import redis

from bench.ingest.queue import queue_staged, stage_prepared
from bench.programs import BenchError, Program
from bench.stores import Stores
from tracking.reports.scopes import Grain, Scope
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

TABLES = "click, unique_click, rollup_delta, rollup, event_outbox, event_log"
DEADLINE_S = 120
POLL_S = 0.02


@dataclass(frozen=True)
class Drain:
    elapsed_s: float
    worker_cpu_s: float
    postgres_cpu_s: float
    valkey_cpu_s: float


async def drain_queue(stores: Stores, worker: Program, clicks: int) -> Drain:
    """From empty tables to all clicks stored, counted and folded, and their events in the log."""
    connection = await asyncpg.connect(stores.make_settings().database_url)
    try:
        with stores.open_redis() as client:
            stage_prepared(client)
            await connection.execute(f"TRUNCATE {TABLES}")
            await connection.execute("CHECKPOINT")
            before = _read_cpu_s(stores, worker)
            started_at = time.perf_counter()
            queue_staged(client)
            await _wait_until_done(connection, client)
            elapsed_s = time.perf_counter() - started_at
            after = _read_cpu_s(stores, worker)
        await require_all_counted(connection, clicks)
    finally:
        await connection.close()
    return Drain(elapsed_s, *(end - start for start, end in zip(before, after, strict=True)))


async def require_all_counted(connection: asyncpg.Connection, clicks: int) -> None:
    stored = await connection.fetchval("SELECT count(*) FROM click")
    counted = await connection.fetchval(
        "SELECT sum(human_clicks + suspect_clicks + bot_clicks + preview_fetches + prefetches + test_clicks)"
        " FROM rollup WHERE scope = $1 AND grain = $2",
        Scope.ACCOUNT,
        Grain.TOTAL,
    )
    if stored != clicks or counted != clicks:
        raise BenchError(f"of {clicks} clicks {stored} are stored and {counted} counted; see {DEAD_CLICK_STREAM}")


async def _wait_until_done(connection: asyncpg.Connection, client: redis.Redis) -> None:
    """Deltas and events are written before a click leaves the stream, so an empty stream is asked for first."""
    give_up_at = time.monotonic() + DEADLINE_S
    while client.xlen(CLICK_STREAM) or await _is_work_left(connection):
        if time.monotonic() > give_up_at:
            raise BenchError(f"{client.xlen(CLICK_STREAM)} clicks still wait after {DEADLINE_S} s")
        await asyncio.sleep(POLL_S)


async def _is_work_left(connection: asyncpg.Connection) -> bool:
    is_left: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM rollup_delta) OR EXISTS (SELECT FROM event_outbox)"
    )
    return is_left


def _read_cpu_s(stores: Stores, worker: Program) -> tuple[float, float, float]:
    return worker.read_cpu_s(), stores.read_postgres_cpu_s(), stores.valkey_program.read_cpu_s()
