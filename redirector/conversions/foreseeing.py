"""What would become of a report, found as a worker would. It is as large as the rest of a redirector: loaded late."""

from typing import Any

import asyncpg

from tracking.conversions.answering import describe_preview
from tracking.conversions.event import ConversionEvent
from tracking.conversions.store import preview_conversion


async def foresee(
    pool: asyncpg.Pool, event: ConversionEvent, conversion_id: bytes, *, is_proven: bool
) -> dict[str, Any]:
    decision = await preview_conversion(pool, event)
    return describe_preview(conversion_id, decision, is_proven=is_proven)
