"""Reads of coupons. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window

_COUPONS: Final = "SELECT id, code, link_id, archived_at, created_at FROM coupon"


class CouponRow(NamedTuple):
    id: int
    code: str
    link_id: int
    archived_at: dt.datetime | None
    created_at: dt.datetime


class CouponFilter(NamedTuple):
    """What is None filters nothing."""

    search: str | None = None
    link_ids: Collection[int] | None = None
    is_archived: bool | None = False


async def list_coupons(pool: asyncpg.Pool, account_id: int, wanted: CouponFilter, window: Window) -> list[CouponRow]:
    """The newest first."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["code"], wanted.search)
    if wanted.link_ids is not None:
        conditions.add("link_id = ANY ({}::bigint[])", list(wanted.link_ids))
    conditions.add_archived(wanted.is_archived)
    page = conditions.page(["id"], window, is_descending=True)
    return [CouponRow(**row) for row in await pool.fetch(f"{_COUPONS} {page}", *conditions.parameters)]


async def find_coupons(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CouponRow]:
    """By id, archived ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_COUPONS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: CouponRow(**row) for row in rows}
