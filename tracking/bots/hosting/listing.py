"""Reads of accounts' own lists of hosting networks, without the networks. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window

_LISTS: Final = "SELECT id, name, network_count, archived_at, created_at FROM hosting_list"


class HostingListRow(NamedTuple):
    id: int
    name: str
    network_count: int
    archived_at: dt.datetime | None
    created_at: dt.datetime


class HostingListFilter(NamedTuple):
    """What is None filters nothing."""

    search: str | None = None
    is_archived: bool | None = False


async def list_hosting_lists(
    pool: asyncpg.Pool, account_id: int, wanted: HostingListFilter, window: Window
) -> list[HostingListRow]:
    """The newest first."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["name"], wanted.search)
    conditions.add_archived(wanted.is_archived)
    page = conditions.page(["id"], window, is_descending=True)
    return [HostingListRow(**row) for row in await pool.fetch(f"{_LISTS} {page}", *conditions.parameters)]


async def find_hosting_lists(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, HostingListRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_LISTS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: HostingListRow(**row) for row in rows}
