"""The ingest role: takes events from the stream, folds what they count and relays what they tell."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import structlog
from arq.cron import CronJob, cron

from tracking.bots.hosting.origins import Origins
from tracking.clicks.partitions import make_partitions_ahead
from tracking.clock import utc_now
from tracking.ops import Pages, open_ops
from tracking.settings import Settings
from tracking.tracing.spans import open_tracer
from worker.health import OLD_BACKLOG_S, check_health, say_ready
from worker.ingest import Ingester, find_lanes
from worker.list_watch import ListWatch
from worker.loops import Wake, run_fold, run_fold_of_outcomes, run_relay
from worker.metrics import render_metrics
from worker.patience import ReportSuccess, keep_running
from worker.stores import Stores, open_stores, watch_stores
from worker.tracing import FoldWatch, trace_stores
from worker.watch import read_backlog

LONG_BACKLOG: Final = 50_000
DRAIN_S: Final = 15

log = structlog.get_logger()


async def start(settings: Settings, running: AsyncExitStack) -> dict[str, Any]:
    """Start the loops. Closing `running` lets them finish what they have in hand, then closes the stores."""
    stores = await open_stores(settings, running)
    fold_wake, outcome_wake, relay_wake, stopping = Wake(), Wake(), Wake(), asyncio.Event()

    def wake_loops() -> None:
        fold_wake()
        outcome_wake()
        relay_wake()

    origins = Origins(settings.hosting_ranges_dir, settings.countries_file)
    lists = ListWatch(stores.pool, origins)
    lanes = find_lanes(len(stores.shards))
    ingesters = [Ingester(settings, stores.pool, shard, wake_loops, origins, lanes=lanes) for shard in stores.shards]
    fold_watch = _trace(settings, stores, ingesters, running)

    async def ingest(ingester: Ingester) -> None:
        """Of one shard: one that is down holds up no other."""
        await lists.wait_until_loaded()
        await ingester.run(stopping)

    fold_interval_s = settings.fold_interval_ms / 1000
    loops = [
        asyncio.create_task(loop)
        for loop in (
            lists.run(stopping),
            *map(ingest, ingesters),
            run_fold(stores.pool, fold_wake, fold_interval_s, stopping),
            run_fold_of_outcomes(stores.pool, outcome_wake, fold_interval_s, stopping),
            run_relay(stores.pool, stores.client, relay_wake, stopping),
            _make_partitions(stores, stopping),
            *([fold_watch.run(stopping)] if fold_watch else []),
        )
    ]
    running.push_async_callback(_drain, loops, stopping)
    pages = _list_pages(settings, stores, ingesters, lists)
    await running.enter_async_context(open_ops(settings.worker_ops_host, settings.worker_ops_port, pages))
    return {"stores": stores}


def _list_pages(settings: Settings, stores: Stores, ingesters: list[Ingester], lists: ListWatch) -> Pages:
    return {
        "/healthz": partial(check_health, *stores),
        "/readyz": partial(say_ready, watch_stores(settings, stores), stores.pool, stores.shards),
        "/metrics": partial(render_metrics, *stores, ingesters),
        "/lists": lists.render,
    }


def _trace(settings: Settings, stores: Stores, ingesters: list[Ingester], running: AsyncExitStack) -> FoldWatch | None:
    """Only where somebody wants traces."""
    tracer = open_tracer(settings, "worker-ingest")
    if tracer is None:
        return None
    running.callback(tracer.close)
    watch = FoldWatch(stores.pool, tracer)
    for each in ingesters:
        each.stores = trace_stores(each.stores, tracer, watch)
    return watch


async def _make_partitions(stores: Stores, stopping: asyncio.Event) -> None:
    """Once, as soon as the database answers; the jobs role does it every night."""

    async def make(_report_success: ReportSuccess) -> None:
        await make_partitions_ahead(stores.pool, utc_now())
        await stopping.wait()

    await keep_running("partitions", make, stopping)


async def _drain(loops: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
    stopping.set()
    _, late = await asyncio.wait(loops, timeout=DRAIN_S)
    for loop in late:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def report_backlog(ctx: dict[str, Any]) -> None:
    """A line every minute while clicks wait for too long, so that nobody has to watch metrics to know."""
    backlog = await read_backlog(ctx["stores"].shards)
    if backlog.waiting > LONG_BACKLOG or backlog.oldest_s > OLD_BACKLOG_S:
        log.warning("clicks wait", waiting=backlog.waiting, oldest_s=backlog.oldest_s, dead=backlog.dead)


FUNCTIONS: Final[list[Any]] = []
CRONS: Final[list[CronJob]] = [cron(report_backlog, second=0, unique=False)]
