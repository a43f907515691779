"""How far an erasure is, as its row says."""

import datetime as dt
from typing import Final

import asyncpg

TIMEOUT_S: Final = 600  # of a statement that looks through all of an account
_COUNT: Final = """
    UPDATE erasure
    SET counts = counts || jsonb_build_object($2::text, coalesce((counts ->> $2)::bigint, 0) + $3::bigint)
    WHERE id = $1 AND $3::bigint > 0
"""
_COMPLETE: Final = """
    UPDATE erasure SET status = 'COMPLETED', completed_at = $2, needles = '{}' WHERE id = $1
"""


async def count_rows(connection: asyncpg.Pool | asyncpg.Connection, erasure_id: int, place: str, rows: int) -> None:
    """So many more were blanked there."""
    await connection.execute(_COUNT, erasure_id, place, rows)


async def complete(pool: asyncpg.Pool, erasure_id: int, now: dt.datetime) -> None:
    """Nothing was found any more; what is left to do is to look for what comes late."""
    await pool.execute(_COMPLETE, erasure_id, now)
