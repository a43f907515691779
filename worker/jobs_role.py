"""The jobs role: what is asked for, and what the calendar asks for. It never touches the click stream."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import structlog
from arq.cron import CronJob, cron

from tracking.clicks.partitions import make_partitions_ahead
from tracking.clock import utc_now
from tracking.events.relay import delete_old_events
from tracking.orm import open_orm
from tracking.settings import Settings
from worker.metrics import check_health, render_metrics
from worker.ops import open_ops
from worker.stores import open_stores

KEEP_TICK_S: Final = 3_600  # a clock that runs behind must find that another worker has run this tick

log = structlog.get_logger()


async def start(settings: Settings, running: AsyncExitStack) -> dict[str, Any]:
    stores = await open_stores(settings, running)
    await running.enter_async_context(open_orm(settings))
    pages = {
        "/healthz": partial(check_health, *stores),
        "/metrics": partial(render_metrics, *stores, None),
    }
    await running.enter_async_context(open_ops(settings.worker_ops_port, pages))
    return {"stores": stores, "settings": settings}


async def make_partitions(ctx: dict[str, Any]) -> None:
    made = await make_partitions_ahead(ctx["stores"].pool, utc_now())
    if made:
        log.info("partitions made", names=made)


async def expire_events(ctx: dict[str, Any]) -> None:
    await delete_old_events(ctx["stores"].pool, ctx["settings"].event_retention_days)


FUNCTIONS: Final[list[Any]] = []
CRONS: Final[list[CronJob]] = [
    cron(make_partitions, hour=1, minute=10, run_at_startup=True, keep_result=KEEP_TICK_S),
    cron(expire_events, hour=2, minute=20, keep_result=KEEP_TICK_S),
]
