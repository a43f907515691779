"""Conversions that are looked at again: what they wait for may have come, or clicks were judged anew (rule 7)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg
import structlog

from tracking.clock import utc_now
from tracking.conversions.kinds import EntryCause
from tracking.conversions.settling import Occasion, settle
from tracking.conversions.state import OrderKey, lock_orders
from tracking.conversions.vouching import vouch_for_clicks
from tracking.database import TRANSIENT_ERRORS
from tracking.events.outbox import EventKind

log = structlog.get_logger()

_ORDERS_AT_ONCE: Final = 200
_EVENTS_AT_ONCE: Final = 500

_DUE: Final = """
    SELECT id, account_id, order_key FROM conversion WHERE recheck_at <= $1 ORDER BY recheck_at LIMIT $2
"""
# The clicks of other kinds of events are many, and none of ours.
_EVENTS: Final = """
    SELECT position, CASE WHEN kind = $2 THEN ids ELSE '{}' END AS ids
    FROM event_log WHERE position > $1 ORDER BY position LIMIT $3
"""
_CONCERNED: Final = """
    SELECT DISTINCT conversion.id, conversion.account_id, conversion.order_key
    FROM conversion_candidate AS candidate JOIN conversion ON conversion.id = candidate.conversion_id
    WHERE candidate.click_id = ANY ($1)
"""
_PUT_OFF: Final = """
    UPDATE conversion SET recheck_at = now() + interval '1 hour'
    WHERE account_id = $1 AND order_key = $2 AND conflicts_with IS NULL
"""
_POSITION: Final = "SELECT position FROM conversion_follower"
_MOVE: Final = "UPDATE conversion_follower SET position = $1 WHERE position < $1"


async def recheck_due(pool: asyncpg.Pool, limit: int = 500) -> int:
    """Look again at those whose time has come; how many that was. Several may do it at once, and one is enough."""
    rows = await pool.fetch(_DUE, utc_now(), limit)
    if rows:
        await _settle_what_can_be(pool, _read_keys(rows), EntryCause.CLICK_FOUND)
        await vouch_for_clicks(pool, [row["id"] for row in rows])
    return len(rows)


async def follow_clicks(pool: asyncpg.Pool) -> int:
    """Settle what has to do with clicks that were judged anew since last time; how many events of the log that took.

    Whoever dies on the way is followed by somebody who does it again, which changes nothing.
    """
    events = await pool.fetch(_EVENTS, await pool.fetchval(_POSITION), EventKind.CLICKS_RECLASSIFIED, _EVENTS_AT_ONCE)
    if not events:
        return 0
    click_ids = sorted({click_id for event in events for click_id in event["ids"]})
    concerned = await pool.fetch(_CONCERNED, click_ids) if click_ids else []
    await _settle_what_can_be(pool, _read_keys(concerned), EntryCause.CLICK_RELABELLED)
    await vouch_for_clicks(pool, [row["id"] for row in concerned])  # for those that are doubted only now
    await pool.execute(_MOVE, events[-1]["position"])
    return len(events)


async def settle_again(pool: asyncpg.Pool, keys: Sequence[OrderKey], cause: EntryCause) -> list[UUID]:
    """Some at a time, as their rows stay locked meanwhile."""
    changed: list[UUID] = []
    wanted = sorted(set(keys))
    for start in range(0, len(wanted), _ORDERS_AT_ONCE):
        some = wanted[start : start + _ORDERS_AT_ONCE]
        async with pool.acquire() as connection, connection.transaction():
            await lock_orders(connection, some)
            changed += await settle(connection, some, Occasion(cause), utc_now())
    return changed


async def _settle_what_can_be(pool: asyncpg.Pool, keys: Sequence[OrderKey], cause: EntryCause) -> None:
    """An order that cannot be settled, which is a mistake of ours, holds up no other: it is put off for an hour."""
    try:
        await settle_again(pool, keys, cause)
    except TRANSIENT_ERRORS:
        raise
    except Exception:
        if len(keys) == 1:
            [(account_id, order_key)] = keys
            log.exception("order not settled", account_id=account_id)
            await pool.execute(_PUT_OFF, account_id, order_key)
            return
        middle = len(keys) // 2
        await _settle_what_can_be(pool, keys[:middle], cause)
        await _settle_what_can_be(pool, keys[middle:], cause)


def _read_keys(rows: Iterable[Any]) -> list[OrderKey]:
    """Each order once, however many of its conversions are concerned."""
    return list(dict.fromkeys((row["account_id"], row["order_key"]) for row in rows))
