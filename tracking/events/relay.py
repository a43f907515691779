"""The relay: moves events from the outbox to the log, which gives each its position (rule 13). One at a time runs."""

from typing import Final

import asyncpg
import redis.asyncio

from tracking.streams import events_channel

RELAY_LOCK: Final = 7_261_004
_RELAY_LIMIT: Final = 1_000

_MOVE: Final = f"""
    WITH moved AS (
        DELETE FROM event_outbox WHERE id IN (SELECT id FROM event_outbox ORDER BY id LIMIT {_RELAY_LIMIT})
        RETURNING id, account_id, kind, ids, entity_ids, created_at
    ),
    logged AS (
        INSERT INTO event_log (account_id, kind, ids, entity_ids, created_at)
        SELECT account_id, kind, ids, entity_ids, created_at FROM moved ORDER BY id
        RETURNING account_id, position
    )
    SELECT account_id, max(position) AS position FROM logged GROUP BY account_id
"""

# What goes is the beginning of the log, even where a clock was put back: a reader finds out by where it begins now.
_DELETE_OLD: Final = """
    DELETE FROM event_log WHERE position < coalesce(
            (SELECT min(position) FROM event_log WHERE logged_at >= now() - make_interval(days => $1)),
            9223372036854775807)
        AND position <= (SELECT least(behaviour_state.position, conversion_follower.position, dimension_state.position,
                webhook_state.position)
            FROM behaviour_state, conversion_follower, dimension_state, webhook_state)
"""


async def try_to_become_relay(connection: asyncpg.Connection) -> bool:
    """True on the connection that may relay from now on, until it closes: no other one gives out positions."""
    is_relay: bool = await connection.fetchval("SELECT pg_try_advisory_lock($1)", RELAY_LOCK)
    return is_relay


async def relay_once(connection: asyncpg.Connection) -> dict[int, int]:
    """Move what is seen, on the relay's connection. Answers with the newest position of each account that has news.

    An event whose transaction commits late is seen late, and gets a later position: a reader never misses it.
    """
    return {row["account_id"]: row["position"] for row in await connection.fetch(_MOVE)}


async def wake_readers(client: redis.asyncio.Redis, positions: dict[int, int]) -> None:
    """Only a hint: readers that miss it find the events in the log."""
    pipeline = client.pipeline(transaction=False)
    for account_id, position in positions.items():
        pipeline.publish(events_channel(account_id), position)
    await pipeline.execute()


async def delete_old_events(pool: asyncpg.Pool, retention_days: int) -> None:
    """A cursor older than this becomes an explicit gap; but what a reader of ours has not seen yet stays for it."""
    await pool.execute(_DELETE_OLD, retention_days)
