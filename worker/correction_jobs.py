"""The jobs that compare and apply what somebody corrects of stored clicks."""

from typing import Any, Final

import structlog

from tracking.bots.corrections.progress import list_accounts_with_corrections
from tracking.bots.corrections.running import fail_next_correction, run_corrections
from worker.retrying import OUTAGES

# Ends with the session that took it, so that corrections whose worker was killed are free at once.
_TAKE: Final = "SELECT pg_try_advisory_lock(hashtextextended('run corrections', $1))"
_GIVE_BACK: Final = "SELECT pg_advisory_unlock(hashtextextended('run corrections', $1))"

log = structlog.get_logger()


async def run_corrections_of(ctx: dict[str, Any], account_id: int) -> None:
    """Unless another worker is at it, which goes on until none is open."""
    async with ctx["stores"].pool.acquire() as connection:
        if not await connection.fetchval(_TAKE, account_id):
            return
        try:
            await _run(ctx, account_id)
        finally:
            await connection.fetchval(_GIVE_BACK, account_id)


async def resume_corrections(ctx: dict[str, Any]) -> None:
    """Go on with corrections whose job was lost, or was killed half-way."""
    for account_id in await list_accounts_with_corrections(ctx["stores"].pool):
        await run_corrections_of(ctx, account_id)


async def _run(ctx: dict[str, Any], account_id: int) -> None:
    try:
        await run_corrections(ctx["stores"].pool, account_id)
    except OUTAGES:
        raise
    except Exception:  # a fault of ours must not be run again and again: the correction says that it stopped
        log.exception("correction failed", account_id=account_id)
        failure = "an error of the service stopped it; what it has applied stays, and can be undone"
        await fail_next_correction(ctx["stores"].pool, account_id, failure)
