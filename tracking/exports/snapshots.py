"""One view of the database for all that an export reads, however long that takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

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
