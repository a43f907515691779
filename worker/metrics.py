"""What a worker tells Prometheus: how far behind all workers are, and what this one has done."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, TypeAlias

import asyncpg
import redis.asyncio
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from tracking.bots.hosting.files import ListStatus
from tracking.click_shards import ClickShards
from tracking.clicks.event import CONFIRMATION_VERSION, VERSION
from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS
from tracking.ops import Page
from tracking.reports.last_audit import LastAudit, read_last_audit
from tracking.streams import VERSIONS, Mark
from worker.ingest import Ingester
from worker.patience import FAILURES
from worker.watch import Backlog, Lag, read_backlog, read_lag
from worker.webhooks.dispatcher import Dispatcher
from worker.webhooks.watching import describe_deliveries, describe_webhooks

Figures: TypeAlias = dict[tuple[str, str], float]
"""By name, without `creatrail_`, and by what it tells."""

_OUTAGES: Final = (*TRANSIENT_ERRORS, asyncpg.PostgresError, RedisError)
_NAMES: Final = {
    VERSION: "clicks",
    CONFIRMATION_VERSION: "confirmations",
    VERSIONS[Mark.CONVERSION]: "conversions",
    VERSIONS[Mark.IMPRESSION]: "impressions",
    VERSIONS[Mark.SIGHTING]: "sightings",
}


async def render_metrics(
    pool: asyncpg.Pool,
    client: redis.asyncio.Redis,
    shards: ClickShards,
    ingesters: Sequence[Ingester] = (),
    dispatcher: Dispatcher | None = None,
) -> Page:
    gauges = await _ask_stores(pool, client, shards)
    counters: Figures = _describe_ingesters(ingesters) if ingesters else {}
    counters[("worker_loop_failures", "Rounds of loops that failed, and are repeated")] = FAILURES.total()
    if ingesters:
        gauges.update(_describe_lists(ingesters[0].origins.describe()))
    if dispatcher is not None:
        counters.update(describe_deliveries(dispatcher))
        with contextlib.suppress(*_OUTAGES):
            gauges.update(await describe_webhooks(pool))
    metrics: list[Metric] = [
        *(GaugeMetricFamily(f"creatrail_{name}", told, value=value) for (name, told), value in gauges.items()),
        *(CounterMetricFamily(f"creatrail_{name}", told, value=value) for (name, told), value in counters.items()),
    ]
    return Page(HTTPStatus.OK, generate_latest(_Collected(metrics)), CONTENT_TYPE_LATEST)


class _Collected(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


async def _ask_stores(pool: asyncpg.Pool, client: redis.asyncio.Redis, shards: ClickShards) -> Figures:
    """Nothing else of a store that does not answer, so that what is old is never taken for new."""
    gauges: Figures = {}
    postgresql, stream = (
        ("worker_postgresql_up", "Whether PostgreSQL answered"),
        ("worker_redis_up", "Whether every Redis answered"),
    )
    try:
        gauges |= _describe_lag(await read_lag(pool)) | {postgresql: 1}
    except _OUTAGES:
        gauges[postgresql] = 0
    try:
        gauges |= _describe_backlog(await read_backlog(shards)) | _describe_audit(await read_last_audit(client))
        gauges[stream] = 1
    except _OUTAGES:
        gauges[stream] = 0
    return gauges


def _describe_ingesters(ingesters: Sequence[Ingester]) -> Figures:
    """Of all shards together."""
    added = sum((each.added for each in ingesters), Counter[bytes]())
    rejected_of = sum((each.rejected for each in ingesters), Counter[bytes]())
    figures: Figures = {}
    for version, name in _NAMES.items():
        stored = f"{name.capitalize()} that this process stored, as far as they were news"
        figures[f"worker_{name}_stored", stored] = added[version]
        rejected = f"{name.capitalize()} that this process sent to the dead letter"
        figures[f"worker_{name}_rejected", rejected] = rejected_of[version]
    figures["worker_entries_rejected", "Entries of all kinds that this process sent to the dead letter"] = (
        rejected_of.total()
    )
    return figures


def _describe_audit(last: LastAudit | None) -> Figures:
    """The same from every worker. Nothing before the first night, so that an alert on absence tells that none ran."""
    if last is None:
        return {}
    return {
        (
            "audit_differences",
            "Counts that the last nightly audit found wrong, at most 20 for each check and account",
        ): (last.differences),
        ("audit_checks", "Checks of the last nightly audit, over all accounts"): last.checks,
        ("audit_accounts", "Accounts that the last nightly audit looked at"): last.accounts,
        ("audit_last_run_timestamp_seconds", "When the last nightly audit began"): last.at.timestamp(),
    }


def _describe_lists(lists: list[ListStatus]) -> Figures:
    today = utc_now().date()
    ages_days = [(today - each.dated).days for each in lists if each.dated is not None]
    return {
        ("worker_lists_in_use", "Files of networks and countries in use"): len(ages_days),
        ("worker_lists_unusable", "Files that cannot be read, or not as they are now"): sum(
            bool(each.problem) for each in lists
        ),
        ("worker_list_oldest_days", "Age of the oldest file in use, by its own date"): max(ages_days, default=0),
    }


def _describe_backlog(backlog: Backlog) -> Figures:
    return {
        ("worker_click_stream_entries", "Entries in the stream"): backlog.waiting,
        ("worker_click_stream_pending", "Entries handed to a worker and not acknowledged"): backlog.pending,
        ("worker_click_stream_oldest_seconds", "Age of the oldest entry in the stream"): backlog.oldest_s,
        ("worker_dead_letters", "Entries that could not be stored"): backlog.dead,
    }


def _describe_lag(lag: Lag) -> Figures:
    return {
        ("worker_rollup_deltas", "Changes of counts of clicks that no report shows yet"): lag.deltas,
        ("worker_outcome_deltas", "Changes of counts of conversions and impressions that no report shows yet"): (
            lag.outcome_deltas
        ),
        ("worker_fold_age_seconds", "Time since the last fold of clicks"): lag.fold_age_s,
        (
            "worker_outcome_fold_age_seconds",
            "Time since the last fold of conversions and impressions",
        ): lag.outcome_fold_age_s,
        ("worker_event_outbox_rows", "Events without a position"): lag.outbox,
        ("worker_event_outbox_oldest_seconds", "Age of the oldest of them"): lag.outbox_oldest_s,
        ("worker_behaviour_events", "Events that no behaviour pass has looked at"): lag.unwatched,
        ("worker_conversion_events", "Events that conversions have not followed"): lag.unfollowed,
        (
            "worker_dimension_events",
            "Events whose clicks no breakdown by device, referrer and the like counts",
        ): lag.uncounted,
        ("worker_conversions_waiting", "Conversions whose click or sale has not come yet"): lag.waiting,
        ("worker_conversions_overdue_seconds", "How late the oldest of them is looked for again"): lag.overdue_s,
        (
            "worker_conversions_inbox",
            "Conversions that are not approved and wait for a click, a sale or a person",
        ): lag.inbox,
    }
