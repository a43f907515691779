"""What becomes of deliveries in the end: those of deleted endpoints are cancelled, and old ones forgotten."""

from typing import Final

import asyncpg

from tracking.webhooks.deliveries import CANCEL

BATCH: Final = 5_000
# ARRAY, not IN: with some plans IN asks anew for each row, passes over what it has just locked, and takes too many.
_DELETE: Final = """
    DELETE FROM webhook_delivery WHERE id = ANY (ARRAY(
        SELECT id FROM webhook_delivery WHERE ended_at < now() - make_interval(days => $1)
        ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ))
"""
_CANCEL: Final = f"""
    {CANCEL} WHERE id = ANY (ARRAY(
        SELECT delivery.id FROM webhook_endpoint AS endpoint CROSS JOIN LATERAL (
            SELECT id FROM webhook_delivery
            WHERE endpoint_id = endpoint.id AND next_at IS NOT NULL ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED
        ) AS delivery
        WHERE deleted_at IS NOT NULL LIMIT $1
    ))
"""


async def delete_old_deliveries(pool: asyncpg.Pool, log_days: int) -> None:
    """With their attempts and bodies. What waits is not old, however long it has waited."""
    while _count(await pool.execute(_DELETE, log_days, BATCH)) == BATCH:
        pass


async def cancel_of_deleted(pool: asyncpg.Pool) -> None:
    """What waits for endpoints that are deleted: queued while that happened, or too much for one transaction."""
    while _count(await pool.execute(_CANCEL, BATCH)) == BATCH:
        pass


def _count(tag: str) -> int:
    return int(tag.rpartition(" ")[2])
