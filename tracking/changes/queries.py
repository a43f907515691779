"""The redirector's second question to PostgreSQL: what has changed lately?"""

from typing import Any, Final

import asyncpg

OVERLAP_S: Final = 10
KEPT_S: Final = 3_600

_READ: Final = f"""
    SELECT seq, kind, ref_id, address FROM change_log
    WHERE at > clock_timestamp() - make_interval(secs => {OVERLAP_S}) ORDER BY seq
"""
_DELETE: Final = f"DELETE FROM change_log WHERE at < now() - make_interval(secs => {2 * KEPT_S})"


async def read_recent_changes(connection: asyncpg.Connection, *, timeout_s: float) -> list[Any]:
    """Changes of the last ten seconds. Sequences commit out of order, and writes take up to five: so they overlap."""
    rows: list[Any] = await connection.fetch(_READ, timeout=timeout_s)
    return rows


async def delete_old_changes(pool: asyncpg.Pool) -> None:
    """A redirector that was cut off for longer than KEPT_S forgets everything, so no older row is of use."""
    await pool.execute(_DELETE)
