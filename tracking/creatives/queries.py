"""Reads of creatives. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window

_CREATIVES: Final = """
    SELECT id, name, external_id, archived_at, created_at, lower(name) AS name_key FROM creative
"""
SORT_KEYS: Final = {"CREATED_AT": "id", "NAME": "lower(name)"}  # ids ascend in time


class CreativeRow(NamedTuple):
    id: int
    name: str
    external_id: str | None
    archived_at: dt.datetime | None
    created_at: dt.datetime
    name_key: str


class CreativeFilter(NamedTuple):
    """What is None filters nothing."""

    search: str | None = None
    external_ids: Collection[str] | None = None
    is_archived: bool | None = False


async def list_creatives(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: CreativeFilter,
    window: Window,
    *,
    sort_by: str = "CREATED_AT",
    is_descending: bool = True,
) -> list[CreativeRow]:
    """A page in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["name", "external_id"], wanted.search)
    if wanted.external_ids is not None:
        conditions.add("external_id = ANY ({}::text[])", list(wanted.external_ids))
    conditions.add_archived(wanted.is_archived)
    page = conditions.page([SORT_KEYS[sort_by], "id"], window, is_descending=is_descending)
    return [CreativeRow(**row) for row in await pool.fetch(f"{_CREATIVES} {page}", *conditions.parameters)]


async def find_creatives(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CreativeRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_CREATIVES} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: CreativeRow(**row) for row in rows}
