"""The jobs role: what is asked for, and what the calendar asks for. It never touches the click stream."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import structlog
from arq.cron import CronJob, cron
from arq.worker import Function, func

from tracking.changes.queries import delete_old_changes
from tracking.changes.service import wake_redirectors
from tracking.clicks.days_ahead import prepare_days
from tracking.clicks.retention import expire_clicks
from tracking.clock import utc_now
from tracking.conversions.forgetting import forget_visitors
from tracking.events.relay import delete_old_events
from tracking.exports.service import tidy_exports
from tracking.idempotency import delete_old_requests
from tracking.imports.service import tidy_imports
from tracking.impressions.store import delete_old_impressions
from tracking.jobs import (
    GENERATE_DELIVERABLE_LINKS,
    PREPARE_MESSAGE_LINKS,
    RUN_CORRECTIONS,
    RUN_ERASURE,
    RUN_EXPORT,
    RUN_IMPORT,
)
from tracking.links.generation import generate_deliverable_links, generate_missing_links
from tracking.ops import open_ops
from tracking.orm import open_orm
from tracking.reports.audit import audit
from tracking.reports.last_audit import note_audit
from tracking.settings import Settings
from tracking.webhooks.retention import cancel_of_deleted, delete_old_deliveries
from tracking.webhooks.secrets import forget_expired_secrets
from worker.behaviour import run_behaviour
from worker.conversions import run_conversions
from worker.correction_jobs import resume_corrections, run_corrections_of
from worker.destination_checks import check_due_destinations
from worker.destination_probe import DestinationProbe
from worker.dimensions import run_dimensions
from worker.domain_checks import check_domains
from worker.erasure_jobs import resume_erasures, run_requested_erasure
from worker.export_jobs import request_scheduled_exports, resume_exports, run_requested_export
from worker.health import OLD_BACKLOG_S, check_health_of_jobs, say_ready
from worker.import_jobs import resume_imports, run_uploaded_import
from worker.message_jobs import prepare_message_links, resume_messages
from worker.metrics import render_metrics
from worker.retrying import retry_outages
from worker.stores import open_stores, watch_stores
from worker.watch import read_overdue_s
from worker.webhook_follower import run_webhook_follower
from worker.webhooks.dispatcher import Dispatcher
from worker.webhooks.loop import run_deliveries

REPAIR_BATCH: Final = 500
MAX_TRIES: Final = 10
# A worker whose clock runs behind must find that another one has run this tick.
KEEP_TICK_S: Final = 3_600
END_S: Final = 10

log = structlog.get_logger()


async def start(settings: Settings, running: AsyncExitStack) -> dict[str, Any]:
    """Open the stores; closing `running` closes them."""
    stores = await open_stores(settings, running)
    await running.enter_async_context(open_orm(settings))
    dispatcher = Dispatcher(stores.pool, settings)
    pages = {
        "/healthz": partial(check_health_of_jobs, *stores),
        "/readyz": partial(say_ready, watch_stores(settings, stores), stores.pool, stores.shards),
        "/metrics": partial(render_metrics, *stores, dispatcher=dispatcher),
    }
    stopping = asyncio.Event()
    followers = (run_behaviour, run_conversions, run_dimensions)
    loops = [asyncio.create_task(run(stores.pool, stopping)) for run in followers]
    loops.append(asyncio.create_task(run_webhook_follower(stores.pool, stores.client, settings.public_port, stopping)))
    loops.append(asyncio.create_task(run_deliveries(dispatcher, stopping)))
    running.push_async_callback(_end, loops, stopping)
    await running.enter_async_context(open_ops(settings.worker_ops_host, settings.worker_ops_port, pages))
    return {"stores": stores, "settings": settings, "exports_at_it": set()}


async def _end(loops: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
    """A pass that is cut off is repeated by the next worker."""
    stopping.set()
    _, late = await asyncio.wait(loops, timeout=END_S)
    for loop in late:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def make_deliverable_links(ctx: dict[str, Any], deliverable_id: int) -> None:
    if await generate_deliverable_links(deliverable_id):
        await wake_redirectors(ctx["stores"].client)


async def repair_links(ctx: dict[str, Any]) -> None:
    """Make the links that a lost job left out."""
    made = 0
    while batch := await generate_missing_links(REPAIR_BATCH):
        made += batch
    if made:
        log.warning("links were missing", made=made)
        await wake_redirectors(ctx["stores"].client)


async def prepare_coming_days(ctx: dict[str, Any]) -> None:
    made = await prepare_days(ctx["stores"].pool, utc_now())
    if made:
        log.info("partitions made", names=made)


async def expire_rows(ctx: dict[str, Any]) -> None:
    pool = ctx["stores"].pool
    await delete_old_events(pool, ctx["settings"].event_retention_days)
    await delete_old_changes(pool)
    await delete_old_requests(pool)
    await tidy_imports(pool)
    await tidy_exports(pool)
    await delete_old_impressions(pool, utc_now())
    await cancel_of_deleted(pool)
    await delete_old_deliveries(pool, ctx["settings"].webhook_log_days)
    await forget_expired_secrets(pool)


async def expire_old_clicks(ctx: dict[str, Any]) -> None:
    expired = await expire_clicks(ctx["stores"].pool, utc_now())
    await forget_visitors(ctx["stores"].pool)
    if expired.clicks or expired.partitions:
        log.info("clicks expired", clicks=expired.clicks, partitions=expired.partitions)


async def look_at_destinations(ctx: dict[str, Any]) -> None:
    stores, settings = ctx["stores"], ctx["settings"]
    probe = DestinationProbe(allows_private=settings.destination_check_allow_private)
    looked = await check_due_destinations(stores.pool, probe)
    if looked:
        log.info("destinations checked", destinations=looked)


async def audit_counts(ctx: dict[str, Any]) -> None:
    started_at = utc_now()
    report = await audit(ctx["stores"].pool)
    await note_audit(ctx["stores"].client, report, started_at)
    for difference in report.differences:
        log.error("counts differ", account_id=difference.account_id, check=difference.check, place=difference.place)
    log.info("audited", accounts=report.accounts, differences=len(report.differences))


async def report_overdue(ctx: dict[str, Any]) -> None:
    """A line every minute while conversions are not looked at again in time."""
    overdue_s = await read_overdue_s(ctx["stores"].pool)
    if overdue_s > OLD_BACKLOG_S:
        log.warning("conversions wait", overdue_s=overdue_s)


def _tick(work: Any, **when: Any) -> CronJob:
    return cron(retry_outages(work), keep_result=KEEP_TICK_S, max_tries=MAX_TRIES, **when)


FUNCTIONS: Final[list[Function]] = [
    func(retry_outages(make_deliverable_links), name=GENERATE_DELIVERABLE_LINKS, timeout=300),
    func(retry_outages(prepare_message_links), name=PREPARE_MESSAGE_LINKS, timeout=1_800),
    func(retry_outages(run_uploaded_import), name=RUN_IMPORT, timeout=3_600),
    func(retry_outages(run_requested_export), name=RUN_EXPORT, timeout=3_600),
    func(retry_outages(run_corrections_of), name=RUN_CORRECTIONS, timeout=3_600),
    func(retry_outages(run_requested_erasure), name=RUN_ERASURE, timeout=3_600),
]
CRONS: Final[list[CronJob]] = [
    _tick(prepare_coming_days, minute=5, run_at_startup=True),
    _tick(repair_links, minute=set(range(0, 60, 5)), second=30),
    _tick(resume_messages, second=15, timeout=1_800),
    _tick(resume_imports, second=35, timeout=3_600),
    _tick(request_scheduled_exports, second=40),
    _tick(resume_exports, second=45, timeout=3_600),
    _tick(resume_corrections, second=55, timeout=3_600),
    _tick(resume_erasures, second=50, timeout=3_600),
    _tick(expire_rows, minute=20),
    _tick(expire_old_clicks, minute=10, timeout=3_300),
    _tick(check_domains, minute=set(range(2, 60, 5)), second=45),
    _tick(look_at_destinations, minute=50, timeout=1_800),
    cron(report_overdue, second=5, unique=False),
    _tick(audit_counts, hour=3, minute=40, timeout=3_300),
]
