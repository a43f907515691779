"""Ranges of the event log that are told to an endpoint once more: under the same ids, as things are now."""

from typing import Any, Final

import asyncpg
import structlog

from tracking.events.payloads.describing import describe_events
from tracking.faults import maybe_crash
from tracking.webhooks.batching import Letter, Source, queue_letters
from tracking.webhooks.deliveries import Origin
from tracking.webhooks.matching import Recipient, make_matcher
from tracking.webhooks.reading import Progress, read_news

EVENTS_AT_ONCE: Final = 500
MOST_WAITING: Final = 5_000  # deliveries of an endpoint: beyond, its replay stands still, or asking would fill the disk

# Of several the one for which least is queued yet, so that a short one does not wait for a long one.
_LOCK: Final = f"""
    SELECT replay.id, replay.endpoint_id, replay.from_at, replay.to_at, replay.position, replay.told,
        replay.until_position, replay.status, endpoint.account_id, endpoint.deleted_at,
        coalesce((SELECT min(position) FROM event_log), 9223372036854775807) AS first
    FROM webhook_replay AS replay JOIN webhook_endpoint AS endpoint ON endpoint.id = replay.endpoint_id
    WHERE replay.status = 'RUNNING' AND (endpoint.deleted_at IS NOT NULL OR endpoint.status = 'ENABLED' AND NOT EXISTS (
        SELECT FROM webhook_delivery WHERE endpoint_id = endpoint.id AND next_at IS NOT NULL OFFSET {MOST_WAITING - 1}
    ))
    ORDER BY replay.events_queued, replay.id LIMIT 1 FOR UPDATE OF replay SKIP LOCKED
"""
_RECIPIENT: Final = """
    SELECT id, event_types::text, wanted::text, batch_max_events, batch_max_wait_ms, starts_after
    FROM webhook_endpoint WHERE id = $1
"""
_CANCEL: Final = "UPDATE webhook_replay SET status = 'CANCELLED', ended_at = now() WHERE id = $1"
_ADVANCE: Final = """
    UPDATE webhook_replay SET position = $2, told = $3, events_queued = events_queued + $4,
        status = CASE WHEN $2 >= until_position THEN 'COMPLETED' ELSE status END,
        ended_at = CASE WHEN $2 >= until_position THEN now() END
    WHERE id = $1
"""

log = structlog.get_logger("webhooks")


async def replay_once(pool: asyncpg.Pool, public_port: int | None) -> bool:
    """Queue the next events of one replay. False when there is none to go on with.

    A replay of an endpoint that takes nothing, or has much to take, waits until it does. Of one that is gone it is
    cancelled, and so is one that the log overtook: what it left out would be missing unannounced.
    """
    async with pool.acquire() as connection, connection.transaction():
        replay = await connection.fetchrow(_LOCK)
        if replay is None:
            return False
        if replay["deleted_at"] is not None or _is_overtaken(replay):
            await connection.execute(_CANCEL, replay["id"])
            return True
        progress, queued = await _replay(connection, replay, public_port)
        maybe_crash("after_webhook_replay")
        await connection.execute(_ADVANCE, replay["id"], *progress, queued)
        maybe_crash("before_webhook_replay_commit")
    if progress.position >= replay["until_position"]:
        log.info("webhook replay queued", replay_id=replay["id"], endpoint_id=replay["endpoint_id"])
    return True


def _is_overtaken(replay: Any) -> bool:
    is_unfinished: bool = replay["position"] < replay["until_position"]
    return is_unfinished and replay["position"] + 1 < replay["first"]


async def _replay(connection: asyncpg.Connection, replay: Any, public_port: int | None) -> tuple[Progress, int]:
    account_id, after = replay["account_id"], Progress(replay["position"], replay["told"])
    until = max(replay["until_position"], after.position)
    news = await read_news(connection, [account_id], after, until, EVENTS_AT_ONCE)
    rows = [row for row in news.rows.get(account_id, []) if replay["from_at"] <= row.logged_at < replay["to_at"]]
    matcher = make_matcher((Recipient(*await connection.fetchrow(_RECIPIENT, replay["endpoint_id"])),))
    events = await describe_events(connection, account_id, rows, public_port)
    letters = [Letter(event, match) for event in events for match in matcher.find(event)]
    await queue_letters(connection, Source(account_id, Origin.REPLAY, replay["id"]), letters)
    return news.progress, len(letters)
