"""The jobs that write what was uploaded."""

from functools import partial
from typing import Any

import structlog

from tracking.changes.service import wake_redirectors
from tracking.clicks.tokens import ClickTokens
from tracking.imports.running import fail_import, run_import
from tracking.imports.service import list_open_imports
from worker.retrying import OUTAGES
from worker.taking import take_alone

log = structlog.get_logger()


async def run_uploaded_import(ctx: dict[str, Any], import_id: int) -> None:
    """Unless another worker is at it. Two would not harm each other, only do the reading twice."""
    async with take_alone(ctx["stores"].pool, "run import", import_id) as is_free:
        if is_free:
            await _run(ctx, import_id)


async def resume_imports(ctx: dict[str, Any]) -> None:
    """Go on with imports whose job was lost, or was killed half-way."""
    for import_id in await list_open_imports(ctx["stores"].pool):
        await run_uploaded_import(ctx, import_id)


async def _run(ctx: dict[str, Any], import_id: int) -> None:
    try:
        await run_import(
            import_id,
            partial(wake_redirectors, ctx["stores"].client),
            ClickTokens(ctx["settings"].click_token_keys).verify,
        )
    except OUTAGES:
        raise
    except Exception:  # a fault of ours must not be run again and again: the import says that it stopped
        log.exception("import failed", import_id=import_id)
        await fail_import(import_id, "an error of the service stopped it; what is done stays, and may be sent again")
