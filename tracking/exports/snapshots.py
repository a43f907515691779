"""One view of the database for all that an export reads, however long that takes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from tracking.paging import Conditions, Window

BATCH_ROWS: Final = 2_000
READ_TIMEOUT_S: Final = 900  # of one statement; a page of a rare kind may be found far away
# Whoever writes the file may think for longer between two statements than the pool allows.
_LET_THINK: Final = "SET LOCAL idle_in_transaction_session_timeout = '15min'"


@asynccontextmanager
async def open_snapshot(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """Every statement on this connection sees what was committed when the first one began."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute(_LET_THINK)
        yield connection


async def stream_rows(pool: asyncpg.Pool, statement: str, *parameters: object) -> AsyncIterator[asyncpg.Record]:
    """Through a cursor: memory holds a batch, however many there are."""
    async with open_snapshot(pool) as connection:
        cursor = connection.cursor(statement, *parameters, prefetch=BATCH_ROWS, timeout=READ_TIMEOUT_S)
        async for row in cursor:
            yield row


async def stream_pages(
    pool: asyncpg.Pool, statement: str, write_conditions: Callable[[], Conditions], keys: Sequence[str]
) -> AsyncIterator[asyncpg.Record]:
    """By `keys`, columns that are unique together. `{page}` in the statement is what ends it at a page: names are
    looked up for few rows then, by index, whatever the planner thinks of all of them.
    """
    last: list[Any] | None = None
    async with open_snapshot(pool) as connection:
        while True:
            conditions = write_conditions()
            page = conditions.page(keys, Window(BATCH_ROWS, last), is_descending=False)
            rows = await connection.fetch(statement.format(page=page), *conditions.parameters, timeout=READ_TIMEOUT_S)
            for row in rows:
                yield row
            if len(rows) < BATCH_ROWS:
                return
            last = [rows[-1][key] for key in keys]


async def count_rows(pool: asyncpg.Pool, table: str, conditions: Conditions) -> int:
    statement = f"SELECT count(*) FROM {table} WHERE {conditions.where}"
    counted: int = await pool.fetchval(statement, *conditions.parameters, timeout=READ_TIMEOUT_S)
    return counted
