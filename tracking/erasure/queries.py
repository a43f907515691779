"""Reads of erasures. Used by the api."""

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

import asyncpg

from tracking.erasure.models import ErasureKind, ErasureStatus
from tracking.history.models import ActorKind
from tracking.paging import Conditions, Window

_ERASURES: Final = """
    SELECT id, status, stand_in_id, counts, actor_kind, actor_id, requested_at, completed_at, watched_until FROM erasure
"""


class ErasureRow(NamedTuple):
    """Of whom is not told."""

    id: int
    kind: ErasureKind
    status: ErasureStatus
    counts: Mapping[str, int]  # by the name of the place
    actor_kind: ActorKind
    actor_id: int | None
    requested_at: dt.datetime
    completed_at: dt.datetime | None
    watched_until: dt.datetime


async def find_erasures(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ErasureRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_ERASURES} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read(row) for row in rows}


async def list_erasures(
    pool: asyncpg.Pool, account_id: int, window: Window, *, is_descending: bool = True
) -> list[ErasureRow]:
    """In the order in which they were asked for."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read(row) for row in await pool.fetch(f"{_ERASURES} {page}", *conditions.parameters)]


def _read(row: asyncpg.Record) -> ErasureRow:
    return ErasureRow(
        id=row["id"],
        kind=ErasureKind.VISITOR if row["stand_in_id"] is None else ErasureKind.CONTACT,
        status=ErasureStatus(row["status"]),
        counts=json.loads(row["counts"]),
        actor_kind=ActorKind(row["actor_kind"]),
        actor_id=row["actor_id"],
        requested_at=row["requested_at"],
        completed_at=row["completed_at"],
        watched_until=row["watched_until"],
    )
