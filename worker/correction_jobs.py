"""The jobs that compare and apply what somebody corrects of stored clicks."""

from typing import Any

import structlog

from tracking.bots.corrections.progress import list_accounts_with_corrections
from tracking.bots.corrections.running import fail_next_correction, run_corrections
from worker.retrying import OUTAGES
from worker.taking import take_alone

log = structlog.get_logger()


async def run_corrections_of(ctx: dict[str, Any], account_id: int) -> None:
    """Unless another worker is at it, which goes on until none is open."""
    async with take_alone(ctx["stores"].pool, "run corrections", account_id) as is_free:
        if is_free:
            await _run(ctx, account_id)


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
