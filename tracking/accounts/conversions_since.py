"""Since when an account's conversions can be counted at all: before that, reports say null and not 0 (LO16)."""

from collections.abc import Collection
from typing import Final

import asyncpg

# Only the first note changes anything. Locked in order, so that transactions that note the same accounts take turns.
NOTE: Final = """
    UPDATE account SET conversions_since = now() WHERE id IN (
        SELECT id FROM account WHERE id = ANY ($1::bigint[]) AND conversions_since IS NULL
        ORDER BY id FOR NO KEY UPDATE
    )
"""


async def note_conversions_recorded(connection: asyncpg.Connection, account_ids: Collection[int]) -> None:
    """In the caller's transaction, before it locks anything but accounts."""
    await connection.execute(NOTE, list(account_ids))
