"""The pages of the ops listener: whether this worker keeps up, in one line and in Prometheus' words."""

from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import asyncpg
import redis.asyncio
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from tracking.bots.hosting.files import ListStatus
from tracking.click_shards import ClickShards
from tracking.clicks.event import CONFIRMATION_VERSION, VERSION
from tracking.clock import utc_now
from tracking.ops import Page
from tracking.reports.last_audit import LastAudit, read_last_audit
from tracking.streams import VERSIONS, Mark
from worker.ingest import Ingester
from worker.watch import Backlog, Lag, read_backlog, read_lag, read_overdue_s
from worker.webhooks.dispatcher import Dispatcher
from worker.webhooks.watching import describe_webhooks

# Being alive is not keeping up: a click that waits for longer than this needs a person.
OLD_BACKLOG_S: Final = 300
_NAMES: Final = {
    VERSION: "clicks",
    CONFIRMATION_VERSION: "confirmations",
    VERSIONS[Mark.CONVERSION]: "conversions",
    VERSIONS[Mark.IMPRESSION]: "impressions",
    VERSIONS[Mark.SIGHTING]: "sightings",
}


async def check_health(pool: asyncpg.Pool, _client: redis.asyncio.Redis, shards: ClickShards) -> Page:
    await pool.fetchval("SELECT 1")
    backlog = await read_backlog(shards)
    if backlog.oldest_s > OLD_BACKLOG_S:
        text = f"{backlog.waiting} entries wait, the oldest for {backlog.oldest_s:.0f} s\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text.encode())
    return Page(HTTPStatus.OK, b"ok\n")


async def check_health_of_jobs(pool: asyncpg.Pool, client: redis.asyncio.Redis, shards: ClickShards) -> Page:
    overdue_s = await read_overdue_s(pool)
    if overdue_s > OLD_BACKLOG_S:
        text = f"conversions wait to be looked at again, the oldest for {overdue_s:.0f} s\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text.encode())
    return await check_health(pool, client, shards)


async def render_metrics(
    pool: asyncpg.Pool,
    client: redis.asyncio.Redis,
    shards: ClickShards,
    ingesters: Sequence[Ingester] = (),
    dispatcher: Dispatcher | None = None,
) -> Page:
    figures = _describe(await read_backlog(shards), await read_lag(pool))
    if ingesters:
        figures |= _describe_ingesters(ingesters)
        figures |= _describe_lists(ingesters[0].origins.describe())
    if dispatcher is not None:
        figures |= await describe_webhooks(pool, dispatcher)
    registry = CollectorRegistry()
    for (name, description), figure in figures.items():
        Gauge(f"creatrail_worker_{name}", description, registry=registry).set(figure)
    for (name, description), figure in _describe_audit(await read_last_audit(client)).items():
        Gauge(f"creatrail_audit_{name}", description, registry=registry).set(figure)
    return Page(HTTPStatus.OK, generate_latest(registry))


def _describe_ingesters(ingesters: Sequence[Ingester]) -> dict[tuple[str, str], float]:
    """Of all shards together."""
    added = sum((each.added for each in ingesters), Counter[bytes]())
    rejected_of = sum((each.rejected for each in ingesters), Counter[bytes]())
    figures: dict[tuple[str, str], float] = {}
    for version, name in _NAMES.items():
        stored = f"{name.capitalize()} that this process stored, as far as they were news"
        figures[f"{name}_stored", stored] = added[version]
        rejected = f"{name.capitalize()} that this process sent to the dead letter"
        figures[f"{name}_rejected", rejected] = rejected_of[version]
    figures["entries_rejected", "Entries of all kinds that this process sent to the dead letter"] = rejected_of.total()
    return figures


def _describe_audit(last: LastAudit | None) -> dict[tuple[str, str], float]:
    """The same from every worker. Nothing before the first night, so that an alert on absence tells that none ran."""
    if last is None:
        return {}
    return {
        ("differences", "Counts that the last nightly audit found wrong, at most 20 for each check and account"): (
            last.differences
        ),
        ("checks", "Checks of the last nightly audit, over all accounts"): last.checks,
        ("accounts", "Accounts that the last nightly audit looked at"): last.accounts,
        ("last_run_timestamp_seconds", "When the last nightly audit began"): last.at.timestamp(),
    }


def _describe_lists(lists: list[ListStatus]) -> dict[tuple[str, str], float]:
    today = utc_now().date()
    ages_days = [(today - each.dated).days for each in lists if each.dated is not None]
    return {
        ("lists_in_use", "Files of networks and countries in use"): len(ages_days),
        ("lists_unusable", "Files that cannot be read, or not as they are now"): sum(
            bool(each.problem) for each in lists
        ),
        ("list_oldest_days", "Age of the oldest file in use, by its own date"): max(ages_days, default=0),
    }


def _describe(backlog: Backlog, lag: Lag) -> dict[tuple[str, str], float]:
    return {
        ("click_stream_entries", "Entries in the stream"): backlog.waiting,
        ("click_stream_pending", "Entries handed to a worker and not acknowledged"): backlog.pending,
        ("click_stream_oldest_seconds", "Age of the oldest entry in the stream"): backlog.oldest_s,
        ("dead_letters", "Entries that could not be stored"): backlog.dead,
        ("rollup_deltas", "Changes of counts of clicks that no report shows yet"): lag.deltas,
        ("outcome_deltas", "Changes of counts of conversions and impressions that no report shows yet"): (
            lag.outcome_deltas
        ),
        ("fold_age_seconds", "Time since the last fold of clicks"): lag.fold_age_s,
        ("outcome_fold_age_seconds", "Time since the last fold of conversions and impressions"): lag.outcome_fold_age_s,
        ("event_outbox_rows", "Events without a position"): lag.outbox,
        ("behaviour_events", "Events that no behaviour pass has looked at"): lag.unwatched,
        ("conversion_events", "Events that conversions have not followed"): lag.unfollowed,
        ("dimension_events", "Events whose clicks no breakdown by device, referrer and the like counts"): lag.uncounted,
        ("conversions_waiting", "Conversions whose click or sale has not come yet"): lag.waiting,
        ("conversions_overdue_seconds", "How late the oldest of them is looked for again"): lag.overdue_s,
        ("conversions_inbox", "Conversions that are not approved and wait for a click, a sale or a person"): lag.inbox,
    }
