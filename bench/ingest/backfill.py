"""Clicks of sixty days by the function that stores every click, as seed and import call it; the fold is included."""

import time

import asyncpg

from bench.ingest.copying import BATCH, copy_rows, make_table, read_rows
from bench.ingest.draining import TABLES, require_all_counted
from bench.stores import Stores
from tracking.clicks.event import ClickEvent
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.database import open_pool
from tracking.reports.fold import fold_all


async def measure_backfill(stores: Stores, clicks: list[ClickEvent], rounds: int) -> list[tuple[float, float]]:
    """Pairs of seconds: COPY of the rows, then storing the clicks."""
    pool = await open_pool(stores.make_settings())
    user_agents = UserAgents()
    try:
        await store_all(pool, user_agents, clicks)
        async with pool.acquire() as connection:
            rows = await read_rows(connection)
            await make_table(connection)
            return [
                (await copy_rows(connection, rows), await store_all(pool, user_agents, clicks)) for _ in range(rounds)
            ]
    finally:
        await pool.close()


async def store_all(pool: asyncpg.Pool, user_agents: UserAgents, clicks: list[ClickEvent]) -> float:
    await pool.execute(f"TRUNCATE {TABLES}")
    await pool.execute("CHECKPOINT")
    started_at = time.perf_counter()
    for start in range(0, len(clicks), BATCH):
        await store_clicks(pool, user_agents, clicks[start : start + BATCH], backfill=True)
    await fold_all(pool)
    elapsed_s = time.perf_counter() - started_at
    async with pool.acquire() as connection:
        await require_all_counted(connection, len(clicks))
    return elapsed_s
