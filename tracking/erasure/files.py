"""Files that may name an erased contact, and what was said of rows of imports."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg

# Nobody can say what is in a file without reading it, so all files of the account go that were begun before.
_EXPIRE: Final = """
    UPDATE export SET status = 'EXPIRED' WHERE account_id = $1 AND status = 'COMPLETED' AND started_at <= $2
        AND ($3::text[] IS NULL OR kind = ANY ($3))
    RETURNING id
"""
_FILES: Final = """
    SELECT export.id FROM export WHERE account_id = $1 AND status IN ('FAILED', 'EXPIRED')
        AND EXISTS (SELECT FROM export_chunk AS chunk WHERE chunk.export_id = export.id)
"""
_DROP_FILE: Final = "DELETE FROM export_chunk WHERE export_id = $1"
_DROP_UPLOADS: Final = """
    DELETE FROM import_chunk USING import
    WHERE import.id = of_import_id AND account_id = $1 AND status IN ('COMPLETED', 'FAILED')
"""
# A row is the contact's when any of its values is the contact's id or address.
_BLANK_PROBLEMS: Final = """
    WITH line AS (
        SELECT DISTINCT of_import_id, line AS number FROM import_problem JOIN import ON import.id = of_import_id
        WHERE account_id = $1 AND (btrim(value) = ANY ($2::text[]) OR EXISTS (
            SELECT FROM jsonb_path_query("row", '$.**') AS told WHERE btrim(told #>> '{}') = ANY ($2::text[])
        ))
    )
    UPDATE import_problem AS problem SET value = '', "row" = NULL, message = 'this row was erased'
    FROM line WHERE problem.of_import_id = line.of_import_id AND problem.line = line.number
        AND (value <> '' OR "row" IS NOT NULL)
"""
_STILL_AT_IT: Final = """
    SELECT EXISTS (SELECT FROM export WHERE account_id = $1 AND status = 'RUNNING' AND started_at <= $2)
        OR EXISTS (SELECT FROM import WHERE account_id = $1 AND status IN ('QUEUED', 'RUNNING') AND created_at <= $2)
"""


async def drop_exports(
    connection: asyncpg.Connection, account_id: int, began_until: dt.datetime, kinds: Sequence[str] | None = None
) -> int:
    """How many files, of these kinds or of all; a download that is under way ends early."""
    expired = await connection.fetch(_EXPIRE, account_id, began_until, kinds)
    for row in await connection.fetch(_FILES, account_id):
        await connection.execute(_DROP_FILE, row["id"])
    return len(expired)


async def blank_imports(connection: asyncpg.Connection, account_id: int, needles: Sequence[str]) -> int:
    """How many problems; uploads that were read go at once."""
    await connection.execute(_DROP_UPLOADS, account_id)
    status: str = await connection.execute(_BLANK_PROBLEMS, account_id, list(needles))
    return int(status.rpartition(" ")[2])


async def is_any_at_it(pool: asyncpg.Pool, account_id: int, began_until: dt.datetime) -> bool:
    """Whether a file is being written or read by a job that may still know the contact."""
    is_any: bool = await pool.fetchval(_STILL_AT_IT, account_id, began_until)
    return is_any
