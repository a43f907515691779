"""The fold of outcomes: what clicks were worth goes into rollups of its own, beside those of clicks."""

from typing import Final

import asyncpg

from tracking.reports.folding import FOLD_IN_MEMORY, FOLD_LIMIT, Folded, write_fold
from tracking.reports.outcomes import OUTCOMES

OUTCOME_FOLD_LOCK: Final = 7_261_020
_FOLD: Final = write_fold(Folded("outcome_delta", "outcome_rollup", OUTCOMES, kinds=("dating", "currency")))


async def fold_outcomes_once(pool: asyncpg.Pool) -> int | None:
    """As `tracking.reports.fold.fold_once` does for clicks; both may run at once. None while another process folds."""
    async with pool.acquire() as connection, connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", OUTCOME_FOLD_LOCK):
            return None
        return await _fold(connection)


async def fold_all_outcomes(pool: asyncpg.Pool) -> int:
    """Fold until nothing is left. Returns the number of deltas."""
    total, folded = 0, FOLD_LIMIT
    while folded == FOLD_LIMIT:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", OUTCOME_FOLD_LOCK)
            folded = await _fold(connection)
        total += folded
    return total


async def _fold(connection: asyncpg.Connection) -> int:
    await connection.execute(FOLD_IN_MEMORY)
    folded: int = await connection.fetchval(_FOLD)
    if folded < FOLD_LIMIT:
        await connection.execute("UPDATE fold_state SET outcomes_folded_at = now()")
    return folded
