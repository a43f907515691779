"""The jobs that write exports."""

from typing import Any, Final

import structlog

from tracking.clock import utc_now
from tracking.exports.running import fail_export, run_export
from tracking.exports.schedules import request_due_exports
from tracking.exports.service import list_open_exports
from worker.retrying import OUTAGES
from worker.taking import take_alone

AT_ONCE: Final = 2  # in one worker: bounds its memory, and leaves it jobs and connections for the rest

log = structlog.get_logger()


async def run_requested_export(ctx: dict[str, Any], export_id: int) -> None:
    """Unless another worker is at it, or this one has enough to do: then `resume_exports` finds it."""
    at_it: set[int] = ctx["exports_at_it"]
    if len(at_it) >= AT_ONCE or export_id in at_it:
        return
    at_it.add(export_id)
    try:
        async with take_alone(ctx["stores"].pool, "run export", export_id) as is_free:
            if is_free:
                await _run(ctx, export_id)
    finally:
        at_it.discard(export_id)


async def resume_exports(ctx: dict[str, Any]) -> None:
    """Begin with exports whose job was lost or put off, and anew with those that were killed half-way."""
    for export_id in await list_open_exports(ctx["stores"].pool):
        await run_requested_export(ctx, export_id)


async def request_scheduled_exports(ctx: dict[str, Any]) -> None:  # noqa: ARG001 -- arq passes it by this name
    """`resume_exports` begins with them."""
    made = await request_due_exports(utc_now())
    if made:
        log.info("scheduled exports", export_ids=made)


async def _run(ctx: dict[str, Any], export_id: int) -> None:
    try:
        await run_export(ctx["stores"].pool, export_id, ctx["settings"].public_port)
    except OUTAGES:
        raise
    except Exception:  # a fault of ours must not be run again and again: the export says that it failed
        log.exception("export failed", export_id=export_id)
        await fail_export(ctx["stores"].pool, export_id, "an error of the service stopped it; ask for it anew")
