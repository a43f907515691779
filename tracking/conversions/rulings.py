"""What people say of conversions: that one counts, or that it does not, or that it be matched again."""

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

import asyncpg

from tracking.clock import utc_now
from tracking.conversions.amounts import Said
from tracking.conversions.conflicts import find_conflict_id
from tracking.conversions.deciding import APPROVED_BY_HAND, REJECTED_BY_HAND
from tracking.conversions.kinds import EntryCause
from tracking.conversions.rechecking import settle_again
from tracking.conversions.settling import Occasion, settle
from tracking.conversions.state import OrderKey, lock_orders
from tracking.conversions.vouching import vouch_for_clicks
from tracking.history.service import Noted, append_history

_FIND: Final = """
    SELECT id, account_id, order_key, conflicts_with FROM conversion WHERE account_id = $1 AND id = ANY ($2)
"""
_RULE: Final = """
    UPDATE conversion SET ruling = $3 WHERE account_id = $1 AND id = ANY ($2) AND ruling IS DISTINCT FROM $3
    RETURNING number
"""
_ACTIONS: Final = {APPROVED_BY_HAND: "APPROVED", REJECTED_BY_HAND: "REJECTED"}
_OTHER_AMOUNTS: Final = """
    SELECT conversion_id, digest, revenue, currency FROM conversion_report
    WHERE conversion_id = ANY ($1) AND revenue IS NOT NULL
"""
_CHOOSE: Final = "UPDATE conversion_report SET ruled_at = $3 WHERE conversion_id = $1 AND digest = $2"


async def approve_conversions(pool: asyncpg.Pool, account_id: int, ids: Collection[UUID]) -> list[UUID]:
    """Those that stand otherwise by it. One that is nobody's still is; of a conflict, its amount holds from now on.

    What the account does not have is left out. Approving again changes nothing.
    """
    return await _rule(pool, account_id, ids, APPROVED_BY_HAND, EntryCause.APPROVED_BY_HAND)


async def reject_conversions(pool: asyncpg.Pool, account_id: int, ids: Collection[UUID]) -> list[UUID]:
    """Those that stand otherwise by it: they leave every figure, and the inbox. It can be taken back by approving."""
    return await _rule(pool, account_id, ids, REJECTED_BY_HAND, EntryCause.REJECTED_BY_HAND)


async def rematch_conversion(pool: asyncpg.Pool, account_id: int, conversion_id: UUID) -> bool:
    """Match it with what is known now, by the terms of now. True when it stands otherwise by that."""
    rows = await pool.fetch(_FIND, account_id, [conversion_id])
    changed = await settle_again(pool, [_read_key(row) for row in rows], EntryCause.REMATCHED)
    await vouch_for_clicks(pool, [conversion_id] if rows else [])
    return conversion_id in changed


async def _rule(
    pool: asyncpg.Pool, account_id: int, ids: Collection[UUID], ruling: int, cause: EntryCause
) -> list[UUID]:
    rows = await pool.fetch(_FIND, account_id, list(ids))
    keys = [_read_key(row) for row in rows]
    if not keys:
        return []
    async with pool.acquire() as connection, connection.transaction():
        await lock_orders(connection, keys)
        ruled = await connection.fetch(_RULE, account_id, sorted(row["id"] for row in rows), ruling)
        noted = [Noted("Conversion", row["number"], _ACTIONS[ruling]) for row in ruled]
        await append_history(connection, account_id, noted)
        if ruling == APPROVED_BY_HAND:
            await _choose_amounts(connection, {row["id"]: row["conflicts_with"] for row in rows})
        ruled_on = frozenset(each for row in rows for each in (row["id"], row["conflicts_with"]) if each)
        return await settle(connection, keys, Occasion(cause, ruled_on), utc_now())


async def _choose_amounts(connection: asyncpg.Connection, approved: dict[UUID, UUID | None]) -> None:
    """Of conflicts: the reports that named their amount."""
    of = {conversion_id for conversion_id in approved.values() if conversion_id is not None}
    if not of:
        return
    chosen = [
        (row["conversion_id"], row["digest"], utc_now())
        for row in await connection.fetch(_OTHER_AMOUNTS, sorted(of))
        if find_conflict_id(row["conversion_id"], Said(row["revenue"], row["currency"])) in approved
    ]
    await connection.executemany(_CHOOSE, chosen)


def _read_key(row: Any) -> OrderKey:
    return row["account_id"], row["order_key"]
