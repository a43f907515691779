"""The pages of the ops listener: whether this worker keeps up, in one line and in Prometheus' words."""

from http import HTTPStatus
from typing import Final

import asyncpg
import redis.asyncio
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from tracking.bots.hosting.files import ListStatus
from tracking.clock import utc_now
from worker.ingest import Ingester
from worker.ops import Page
from worker.watch import Backlog, Lag, read_backlog, read_lag

# Being alive is not keeping up: a click that waits for longer than this needs a person.
OLD_BACKLOG_S: Final = 300


async def check_health(pool: asyncpg.Pool, client: redis.asyncio.Redis) -> Page:
    await pool.fetchval("SELECT 1")
    backlog = await read_backlog(client)
    if backlog.oldest_s > OLD_BACKLOG_S:
        text = f"{backlog.waiting} clicks wait, the oldest for {backlog.oldest_s:.0f} s\n"
        return Page(HTTPStatus.SERVICE_UNAVAILABLE, text.encode())
    return Page(HTTPStatus.OK, b"ok\n")


async def render_metrics(pool: asyncpg.Pool, client: redis.asyncio.Redis, ingester: Ingester | None) -> Page:
    figures = _describe(await read_backlog(client), await read_lag(pool))
    if ingester is not None:
        figures["clicks_stored", "Clicks that this process added"] = ingester.stored_total
        figures["clicks_rejected", "Clicks that this process sent to the dead letter"] = ingester.rejected_total
        figures |= _describe_lists(ingester.origins.describe())
    registry = CollectorRegistry()
    for (name, description), figure in figures.items():
        Gauge(f"creatrail_worker_{name}", description, registry=registry).set(figure)
    return Page(HTTPStatus.OK, generate_latest(registry))


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
        ("click_stream_entries", "Clicks in the stream"): backlog.waiting,
        ("click_stream_pending", "Clicks handed to a worker and not acknowledged"): backlog.pending,
        ("click_stream_oldest_seconds", "Age of the oldest click in the stream"): backlog.oldest_s,
        ("dead_letters", "Clicks that could not be stored"): backlog.dead,
        ("rollup_deltas", "Changes of counts that no report shows yet"): lag.deltas,
        ("fold_age_seconds", "Time since the last fold"): lag.fold_age_s,
        ("event_outbox_rows", "Events without a position"): lag.outbox,
        ("behaviour_events", "Events that no behaviour pass has looked at"): lag.unwatched,
    }
