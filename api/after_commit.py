"""What mutations say to other programs once they are committed. It is only a hint, so it never fails a mutation."""

import asyncio
from collections.abc import Awaitable
from typing import Final

import structlog
from redis.exceptions import RedisError

from api.context import Context
from tracking.changes.service import wake_redirectors
from tracking.jobs import (
    JobQueue,
    request_corrections,
    request_deliverable_links,
    request_erasure,
    request_export,
    request_import,
    request_message_links,
)

PATIENCE_S: Final = 1.0

_log = structlog.get_logger("api")


async def tell_redirectors(context: Context) -> None:
    """Without it they find the change in the log half a second later."""
    await _try("redirectors_not_told", wake_redirectors(context.redis))


async def ask_for_links(context: Context, deliverable_id: int) -> None:
    """Without it the worker's cron makes the links within a minute."""
    await _try("links_not_asked_for", request_deliverable_links(context.jobs, deliverable_id))


async def ask_for_message_links(context: Context, message_id: int) -> None:
    """Without it the worker's cron prepares the message within a minute."""
    await _try("message_links_not_asked_for", request_message_links(context.jobs, message_id))


async def ask_for_import(jobs: JobQueue, import_id: int) -> None:
    """Without it the worker's cron begins with the import within a minute."""
    await _try("import_not_asked_for", request_import(jobs, import_id))


async def ask_for_export(context: Context, export_id: int) -> None:
    """Without it the worker's cron begins with the export within a minute."""
    await _try("export_not_asked_for", request_export(context.jobs, export_id))


async def ask_for_corrections(context: Context) -> None:
    """Without it the worker's cron begins with the account's corrections within a minute."""
    await _try("corrections_not_asked_for", request_corrections(context.jobs, context.account_id))


async def ask_for_erasure(context: Context, erasure_id: int) -> None:
    """Without it the worker's cron begins with it within a minute."""
    await _try("erasure_not_asked_for", request_erasure(context.jobs, erasure_id))


async def _try(event: str, attempt: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await attempt
    except (RedisError, OSError, TimeoutError) as error:
        _log.warning(event, reason=type(error).__name__)
