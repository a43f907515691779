"""Runs corrections: each is compared first, then applied unless it is a dry run, in steps that a kill may interrupt."""

import asyncpg

from tracking.bots.corrections.amounts import note_counts_before
from tracking.bots.corrections.applying import apply_batch
from tracking.bots.corrections.comparing import compare_batch
from tracking.bots.corrections.electing import elect_batch
from tracking.bots.corrections.finding import find_meant_clicks
from tracking.bots.corrections.models import CorrectionStatus
from tracking.bots.corrections.progress import OpenCorrection, end, find_next, hold, read_open

_START_APPLYING = "UPDATE correction SET status = 'APPLYING' WHERE id = $1"


async def run_corrections(pool: asyncpg.Pool, account_id: int) -> None:
    """All open ones of an account, in the order in which they were asked for: the newest is to stand."""
    while (correction := await find_next(pool, account_id)) is not None:
        if correction.status is CorrectionStatus.COMPARING:
            await _compare(pool, correction)
        else:
            await _apply(pool, correction)


async def fail_next_correction(pool: asyncpg.Pool, account_id: int, failure: str) -> None:
    """What was applied stays; to undo it is possible."""
    correction = await find_next(pool, account_id)
    if correction is not None:
        await end(pool, correction.id, CorrectionStatus.FAILED, failure)


async def _compare(pool: asyncpg.Pool, correction: OpenCorrection) -> None:
    if correction.compared_to is None:
        await find_meant_clicks(pool, correction)
    while await compare_batch(pool, correction.id):
        pass
    while await elect_batch(pool, correction.id):
        pass
    async with pool.acquire() as connection, connection.transaction():
        if await hold(connection, correction.id, CorrectionStatus.COMPARING) is not None:
            await note_counts_before(connection, correction.account_id, correction.id)
            if not correction.is_dry_run:
                await connection.execute(_START_APPLYING, correction.id)
    if correction.is_dry_run:
        await end(pool, correction.id, CorrectionStatus.COMPARED)


async def _apply(pool: asyncpg.Pool, correction: OpenCorrection) -> None:
    """To its end, or until somebody asks to take it back."""
    current: OpenCorrection | None = correction
    while current is not None and not current.is_undone and await apply_batch(pool, current):
        current = await read_open(pool, correction.id)
    await end(pool, correction.id, CorrectionStatus.APPLIED)
