"""The fold: adds the deltas that lie ready to every scope and grain of the rollups, in one statement that eats them."""

from typing import Final

import asyncpg

from tracking.reports.fold_outcomes import fold_all_outcomes
from tracking.reports.folding import FOLD_IN_MEMORY, FOLD_LIMIT, Folded, write_fold
from tracking.reports.scopes import COUNTERS

FOLD_LOCK: Final = 7_261_003
_FOLD: Final = write_fold(Folded("rollup_delta", "rollup", COUNTERS))


async def fold_once(pool: asyncpg.Pool) -> int | None:
    """Fold what lies ready, up to a bound; how many deltas it was, or None while another process is folding.

    `folded_at` then says up to when the rollups tell everything.
    """
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", FOLD_LOCK):
            return None
        return await _fold(connection)


async def fold_all(pool: asyncpg.Pool) -> int:
    """Fold until nothing is left, outcomes too; for the seed and tests, which have no worker.

    Returns the number of deltas of clicks.
    """
    total, folded = 0, FOLD_LIMIT
    while folded == FOLD_LIMIT:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", FOLD_LOCK)
            folded = await _fold(connection)
        total += folded
    await fold_all_outcomes(pool)
    return total


async def _fold(connection: asyncpg.Connection) -> int:
    await connection.execute(FOLD_IN_MEMORY)
    folded: int = await connection.fetchval(_FOLD)
    if folded < FOLD_LIMIT:
        await connection.execute("UPDATE fold_state SET folded_at = now()")
    return folded
