"""The reference of the ingest bench: binary COPY of rows that are ready, into a table that is built like click."""

import time
from typing import Any

import asyncpg

from tracking.clicks.prepare import CLICK_COLUMNS

TABLE = "copied_click"
BATCH = 2_000

Rows = list[tuple[Any, ...]]


async def read_rows(connection: asyncpg.Connection) -> Rows:
    """The very rows that ingestion prepared and stored."""
    rows = await connection.fetch(f"SELECT {', '.join(CLICK_COLUMNS)} FROM click ORDER BY id")
    return [tuple(row) for row in rows]


async def make_table(connection: asyncpg.Connection) -> None:
    """The same columns, keys, indexes and partitions."""
    await connection.execute(f"DROP TABLE IF EXISTS {TABLE}")
    await connection.execute(f"CREATE TABLE {TABLE} (LIKE click INCLUDING ALL) PARTITION BY RANGE (id)")
    partitions = await connection.fetch(
        "SELECT relname, pg_get_expr(relpartbound, oid) AS bound FROM pg_class"
        " JOIN pg_inherits ON inhrelid = pg_class.oid WHERE inhparent = 'click'::regclass"
    )
    for name, bound in partitions:
        await connection.execute(f"CREATE TABLE copied_{name} PARTITION OF {TABLE} {bound}")


async def copy_rows(connection: asyncpg.Connection, rows: Rows) -> float:
    """Seconds for all of them, each batch committed by itself."""
    await connection.execute(f"TRUNCATE {TABLE}")
    await connection.execute("CHECKPOINT")
    started_at = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        await connection.copy_records_to_table(TABLE, records=rows[start : start + BATCH], columns=CLICK_COLUMNS)
    return time.perf_counter() - started_at
