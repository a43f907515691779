"""The redirector's second question to PostgreSQL: what has changed lately?"""

from typing import Any, Final

import asyncpg

OVERLAP_S: Final = 10
KEPT_S: Final = 3_600

_READ: Final = """
    SELECT seq, kind, ref_id, address FROM change_log
    WHERE at > clock_timestamp() - make_interval(secs => $1) ORDER BY seq
"""
_DELETE: Final = f"DELETE FROM change_log WHERE at < now() - make_interval(secs => {2 * KEPT_S})"


async def read_recent_changes(connection: asyncpg.Connection, since_s: float, *, timeout_s: float) -> list[Any]:
    """Changes since so many seconds, and ten more: sequences commit out of order, and a write takes up to five."""
    rows: list[Any] = await connection.fetch(_READ, since_s + OVERLAP_S, timeout=timeout_s)
    return rows


async def delete_old_changes(pool: asyncpg.Pool) -> None:
    """A redirector that was cut off for longer than KEPT_S forgets everything, so no older row is of use."""
    await pool.execute(_DELETE)
