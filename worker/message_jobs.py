"""The jobs that give the recipients of messages their links."""

from typing import Any, Final

import structlog

from tracking.changes.service import wake_redirectors
from tracking.messages.preparing import find_message_in_preparation, prepare_recipients

RESUMED_BATCHES: Final = 100  # a quarter of a minute's work: the next tick goes on

log = structlog.get_logger()


async def prepare_message_links(ctx: dict[str, Any], message_id: int) -> None:
    await _prepare(ctx, message_id, max_batches=10_000)


async def resume_messages(ctx: dict[str, Any]) -> None:
    """Go on with messages whose job was lost, or was killed half-way."""
    message_id: int | None = 0
    while (message_id := await find_message_in_preparation(message_id or 0)) is not None:
        await _prepare(ctx, message_id, max_batches=RESUMED_BATCHES)


async def _prepare(ctx: dict[str, Any], message_id: int, *, max_batches: int) -> None:
    prepared = await prepare_recipients(message_id, max_batches=max_batches)
    if prepared:
        log.info("message prepared", message_id=message_id, recipients=prepared)
        await wake_redirectors(ctx["stores"].client)
