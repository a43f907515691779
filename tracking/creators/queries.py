"""Reads of creators, their profiles and follower counts. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.creators.models import NoticeKind, Platform
from tracking.paging import Conditions, Window

_CREATORS: Final = """
    SELECT creator.id, public_id, handle, name, external_id, created_at, lower(handle) AS handle_key,
        lower(name) AS name_key
    FROM creator
"""
_PROFILES: Final = """
    SELECT profile.id, profile.creator_id, profile.platform, profile.handle, profile.url, newest.followers,
        newest.counted_on
    FROM creator_profile AS profile
    LEFT JOIN LATERAL (
        SELECT followers, counted_on FROM follower_count WHERE profile_id = profile.id
        ORDER BY counted_on DESC LIMIT 1
    ) AS newest ON true
    WHERE profile.account_id = $1
"""
_COUNTS: Final = "SELECT counted_on, followers FROM follower_count"
_COUNTS_OF_EACH: Final = """
    SELECT profile.place, page.* FROM unnest($2::bigint[]) WITH ORDINALITY AS profile (id, place)
    CROSS JOIN LATERAL (SELECT row_number() OVER () AS rank, counted.* FROM ({counts}) AS counted) AS page
    ORDER BY profile.place, page.rank
"""
_NOTICES: Final = "SELECT creator_notice.id, kind, link_id, replacement_id, created_at FROM creator_notice"
_NOTICES_OF_EACH: Final = """
    SELECT creator.place, page.* FROM unnest($2::bigint[]) WITH ORDINALITY AS creator (id, place)
    CROSS JOIN LATERAL (SELECT row_number() OVER () AS rank, notice.* FROM ({notices}) AS notice) AS page
    ORDER BY creator.place, page.rank
"""
SORT_KEYS: Final = {"HANDLE": "lower(handle)", "NAME": "lower(name)", "CREATED_AT": "creator.id"}  # ids ascend in time


class CreatorRow(NamedTuple):
    id: int
    public_id: str
    handle: str
    name: str
    external_id: str | None
    created_at: dt.datetime
    handle_key: str
    name_key: str


class ProfileRow(NamedTuple):
    """With the newest follower count and the day it was read; both are None when none was given."""

    id: int
    creator_id: int
    platform: Platform
    handle: str
    url: str | None
    followers: int | None
    counted_on: dt.date | None


class FollowerCountRow(NamedTuple):
    counted_on: dt.date
    followers: int


class NoticeRow(NamedTuple):
    id: int
    kind: NoticeKind
    link_id: int
    replacement_id: int | None
    created_at: dt.datetime


class NoticePage(NamedTuple):
    """A page of a creator's notices by age."""

    kinds: Collection[NoticeKind] | None
    window: Window
    is_descending: bool = True


class CreatorFilter(NamedTuple):
    """What is None filters nothing. `search` is in a handle, a name or an external id, in any case."""

    search: str | None = None
    platforms: Collection[Platform] | None = None
    has_external_id: bool | None = None
    campaign_id: int | None = None


class FollowerCountPage(NamedTuple):
    """A page of a profile's counts by day; both days inclusive."""

    first_day: dt.date | None
    last_day: dt.date | None
    window: Window
    is_descending: bool = True


async def list_creators(
    pool: asyncpg.Pool,
    account_id: int,
    wanted: CreatorFilter,
    window: Window,
    *,
    sort_by: str = "HANDLE",
    is_descending: bool = False,
) -> list[CreatorRow]:
    """A page of creators in the order of a key of SORT_KEYS, then of ids."""
    conditions = Conditions(account_id)
    conditions.require("creator.account_id = $1")
    conditions.search(["handle", "name", "external_id"], wanted.search)
    if wanted.platforms is not None:
        conditions.add(
            "EXISTS (SELECT FROM creator_profile WHERE creator_id = creator.id AND platform = ANY ({}::text[]))",
            [platform.value for platform in wanted.platforms],
        )
    if wanted.has_external_id is not None:
        conditions.require(f"external_id IS {'NOT NULL' if wanted.has_external_id else 'NULL'}")
    conditions.add_if_given(
        "EXISTS (SELECT FROM campaign_creator WHERE campaign_id = {} AND creator_id = creator.id)", wanted.campaign_id
    )
    page = conditions.page([SORT_KEYS[sort_by], "creator.id"], window, is_descending=is_descending)
    return [CreatorRow(**row) for row in await pool.fetch(f"{_CREATORS} {page}", *conditions.parameters)]


async def find_creators(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, CreatorRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_CREATORS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: CreatorRow(**row) for row in rows}


async def list_profiles(
    pool: asyncpg.Pool, account_id: int, creator_ids: Collection[int]
) -> dict[int, list[ProfileRow]]:
    found: dict[int, list[ProfileRow]] = {}
    statement = f"{_PROFILES} AND profile.creator_id = ANY ($2::bigint[]) ORDER BY profile.id"
    for row in await pool.fetch(statement, account_id, list(creator_ids)):
        found.setdefault(row["creator_id"], []).append(_read_profile(row))
    return found


async def find_profiles(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ProfileRow]:
    """By id. What this account does not have is left out."""
    rows = await pool.fetch(f"{_PROFILES} AND profile.id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_profile(row) for row in rows}


async def list_follower_counts(
    pool: asyncpg.Pool, account_id: int, page: FollowerCountPage, profile_ids: Sequence[int]
) -> list[list[FollowerCountRow]]:
    """The page of each profile, in one statement for any number of profiles."""
    conditions = Conditions(account_id, list(profile_ids))
    conditions.require("account_id = $1")
    conditions.require("profile_id = profile.id")
    conditions.add_if_given("counted_on >= {}", page.first_day)
    conditions.add_if_given("counted_on <= {}", page.last_day)
    text = conditions.page(["counted_on"], page.window, is_descending=page.is_descending)
    found: list[list[FollowerCountRow]] = [[] for _ in profile_ids]
    for row in await pool.fetch(_COUNTS_OF_EACH.format(counts=f"{_COUNTS} {text}"), *conditions.parameters):
        found[row["place"] - 1].append(FollowerCountRow(row["counted_on"], row["followers"]))
    return found


async def list_notices(
    pool: asyncpg.Pool, account_id: int, page: NoticePage, creator_ids: Sequence[int]
) -> list[list[NoticeRow]]:
    """The page of each creator, in one statement for any number of creators."""
    conditions = Conditions(account_id, list(creator_ids))
    conditions.require("account_id = $1")
    conditions.require("creator_id = creator.id")
    if page.kinds is not None:
        conditions.add("kind = ANY ({}::text[])", [kind.value for kind in page.kinds])
    text = conditions.page(["creator_notice.id"], page.window, is_descending=page.is_descending)
    found: list[list[NoticeRow]] = [[] for _ in creator_ids]
    for row in await pool.fetch(_NOTICES_OF_EACH.format(notices=f"{_NOTICES} {text}"), *conditions.parameters):
        values = {name: row[name] for name in NoticeRow._fields}
        found[row["place"] - 1].append(NoticeRow(**{**values, "kind": NoticeKind(row["kind"])}))
    return found


def _read_profile(row: Any) -> ProfileRow:
    values = {name: row[name] for name in ProfileRow._fields}
    return ProfileRow(**{**values, "platform": Platform(row["platform"])})
