"""Reads of posts and of the links that they carry. Used by the api."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.creators.models import Platform
from tracking.paging import Conditions, Window

MAX_SHOWN: Final = 100

_POSTS: Final = """
    SELECT post.id, post.campaign_creator_id, member.campaign_id, member.creator_id, post.platform, post.url,
        post.published_at, post.created_at
    FROM post JOIN campaign_creator AS member ON member.id = post.campaign_creator_id
"""
_OF_EACH: Final = """
    SELECT creator.place, page.* FROM unnest($2::bigint[]) WITH ORDINALITY AS creator (id, place)
    CROSS JOIN LATERAL (SELECT row_number() OVER () AS rank, post.* FROM ({posts}) AS post) AS page
    ORDER BY creator.place, page.rank
"""
_NEWEST: Final = f"""
    SELECT newest.* FROM unnest($2::bigint[]) AS wanted (id)
    CROSS JOIN LATERAL (
        {_POSTS} WHERE post.account_id = $1 AND post.campaign_creator_id = wanted.id
        ORDER BY post.published_at DESC, post.id DESC LIMIT {MAX_SHOWN}
    ) AS newest
"""
_LINKS: Final = """
    SELECT post_id, link_id FROM post_link JOIN post ON post.id = post_id
    WHERE post.account_id = $1 AND post_id = ANY ($2::bigint[]) ORDER BY post_id, link_id
"""


class PostRow(NamedTuple):
    id: int
    campaign_creator_id: int
    campaign_id: int
    creator_id: int
    platform: Platform
    url: str
    published_at: dt.datetime
    created_at: dt.datetime


class PostFilter(NamedTuple):
    """What is None filters nothing. `published_from` is inclusive, `published_to` exclusive."""

    campaign_id: int | None = None
    platforms: Collection[Platform] | None = None
    published_from: dt.datetime | None = None
    published_to: dt.datetime | None = None
    link_id: int | None = None


class PostPage(NamedTuple):
    """A page of a creator's posts by when they were published, then by ids."""

    wanted: PostFilter
    window: Window
    is_descending: bool = True


async def list_posts(
    pool: asyncpg.Pool, account_id: int, page: PostPage, creator_ids: Sequence[int]
) -> list[list[PostRow]]:
    """The page of each creator, in one statement for any number of creators."""
    conditions, wanted = Conditions(account_id, list(creator_ids)), page.wanted
    conditions.require("post.account_id = $1")
    conditions.require("member.creator_id = creator.id")
    conditions.add_if_given("member.campaign_id = {}", wanted.campaign_id)
    if wanted.platforms is not None:
        conditions.add("post.platform = ANY ({}::text[])", [platform.value for platform in wanted.platforms])
    conditions.add_if_given("post.published_at >= {}", wanted.published_from)
    conditions.add_if_given("post.published_at < {}", wanted.published_to)
    conditions.add_if_given("EXISTS (SELECT FROM post_link WHERE post_id = post.id AND link_id = {})", wanted.link_id)
    text = conditions.page(["post.published_at", "post.id"], page.window, is_descending=page.is_descending)
    found: list[list[PostRow]] = [[] for _ in creator_ids]
    for row in await pool.fetch(_OF_EACH.format(posts=f"{_POSTS} {text}"), *conditions.parameters):
        found[row["place"] - 1].append(_read(row))
    return found


async def find_posts(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, PostRow]:
    """By id. What this account does not have is left out."""
    statement = f"{_POSTS} WHERE post.account_id = $1 AND post.id = ANY ($2::bigint[])"
    return {row["id"]: _read(row) for row in await pool.fetch(statement, account_id, list(ids))}


async def list_newest_posts(
    pool: asyncpg.Pool, account_id: int, campaign_creator_ids: Collection[int]
) -> dict[int, list[PostRow]]:
    """Up to MAX_SHOWN of each creator in a campaign."""
    found: dict[int, list[PostRow]] = {}
    for row in await pool.fetch(_NEWEST, account_id, list(campaign_creator_ids)):
        found.setdefault(row["campaign_creator_id"], []).append(_read(row))
    return found


async def list_post_links(pool: asyncpg.Pool, account_id: int, post_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids of the links that each post carries."""
    found: dict[int, list[int]] = {}
    for row in await pool.fetch(_LINKS, account_id, list(post_ids)):
        found.setdefault(row["post_id"], []).append(row["link_id"])
    return found


def _read(row: Any) -> PostRow:
    values = {name: row[name] for name in PostRow._fields}
    return PostRow(**{**values, "platform": Platform(row["platform"])})
