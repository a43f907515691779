"""Reads of creators, their profiles and follower counts. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.creators.models import Platform
from tracking.paging import Conditions, Window

_CREATORS: Final = """
    SELECT id, public_id, handle, name, external_id, created_at, lower(handle) AS sort_key FROM creator
"""
_PROFILES: Final = """
    SELECT profile.creator_id, profile.platform, profile.handle, profile.url, newest.followers, newest.counted_on
    FROM creator_profile AS profile
    LEFT JOIN LATERAL (
        SELECT followers, counted_on FROM follower_count WHERE profile_id = profile.id
        ORDER BY counted_on DESC LIMIT 1
    ) AS newest ON true
    WHERE profile.account_id = $1 AND profile.creator_id = ANY ($2::bigint[])
    ORDER BY profile.id
"""


class CreatorRow(NamedTuple):
    id: int
    public_id: str
    handle: str
    name: str
    external_id: str | None
    created_at: dt.datetime
    sort_key: str


class ProfileRow(NamedTuple):
    """With the newest follower count and the day it was read; both are None when none was given."""

    platform: Platform
    handle: str
    url: str | None
    followers: int | None
    counted_on: dt.date | None


async def list_creators(pool: asyncpg.Pool, account_id: int, search: str | None, window: Window) -> list[CreatorRow]:
    """A page of creators by handle. `search` finds handles and names that hold it, in any case."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    if search:
        pattern = conditions.bind(_escape_pattern(search))
        conditions.require(f"(handle ILIKE {pattern} OR name ILIKE {pattern})")
    page = conditions.page(["lower(handle)", "id"], window, is_descending=False)
    return [CreatorRow(**row) for row in await pool.fetch(f"{_CREATORS} {page}", *conditions.parameters)]


async def find_creators(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CreatorRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_CREATORS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: CreatorRow(**row) for row in rows}


async def list_profiles(
    pool: asyncpg.Pool, account_id: int, creator_ids: Collection[int]
) -> dict[int, list[ProfileRow]]:
    found: dict[int, list[ProfileRow]] = {}
    for row in await pool.fetch(_PROFILES, account_id, list(creator_ids)):
        found.setdefault(row["creator_id"], []).append(_read_profile(row))
    return found


def _escape_pattern(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _read_profile(row: Any) -> ProfileRow:
    values = {name: row[name] for name in ProfileRow._fields}
    return ProfileRow(**{**values, "platform": Platform(row["platform"])})
