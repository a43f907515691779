"""Use cases of posts: notes of what a creator published for a campaign, when, and which links it carries (CU8).

Links do not know their posts: a click belongs to its link and is never guessed to a post (LO8).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.campaigns.models import CampaignCreator, Post
from tracking.creators.models import Platform
from tracking.creators.rules import check_web_address
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once

MAX_LINKS_OF_A_POST: Final = 50
MAX_POSTS: Final = 1_000

# Whose links they are; null campaigns are links of the creator for everything.
_FIND_LINKS: Final = """
    SELECT id, creator_id IS NOT DISTINCT FROM $3 AND (campaign_id IS NULL OR campaign_id = $4) AS belongs
    FROM link WHERE account_id = $1 AND id = ANY ($2::bigint[]) AND deleted_at IS NULL AND kind <> 'RECIPIENT'
"""
_UNLINK: Final = "DELETE FROM post_link WHERE post_id = $1 AND link_id <> ALL ($2::bigint[])"
_LINK: Final = """
    INSERT INTO post_link (post_id, link_id) SELECT $1, * FROM unnest($2::bigint[]) ON CONFLICT DO NOTHING
"""


class NewPost(NamedTuple):
    campaign_creator_id: int
    platform: Platform
    url: str
    published_at: dt.datetime
    link_ids: tuple[int, ...] = ()


async def create_post(account_id: int, given: NewPost, *, idempotency_key: str | None = None) -> int:
    """The id of the post. Raises NotFoundError, InvalidInputError, or TakenError when this address was noted before."""
    check_web_address(given.url)
    _check_moment(given.published_at)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        member = await CampaignCreator.select_for_update().get_or_none(
            id=given.campaign_creator_id, account_id=account_id
        )
        if member is None:
            raise NotFoundError("no such creator in a campaign", ("campaignCreatorId",))
        if await Post.filter(campaign_creator_id=member.id).count() >= MAX_POSTS:
            raise InvalidInputError(f"a creator has at most {MAX_POSTS} posts in a campaign", ("campaignCreatorId",))
        post = await Post.create(
            account_id=account_id,
            campaign_creator_id=member.id,
            platform=given.platform,
            url=given.url,
            published_at=given.published_at,
        )
        await _carry(connection, post, member, given.link_ids)
        return [post.id]

    try:
        [post_id] = await run_once(account_id, "createPost", idempotency_key, given, work)
    except IntegrityError:
        raise _taken() from None
    return post_id


async def update_post(account_id: int, post_id: int, changes: dict[str, Any]) -> int:
    """Change what is named of platform, url, published_at and link_ids. Raises what `create_post` does."""
    fields = {name: value for name, value in changes.items() if name != "link_ids"}
    if "url" in fields:
        check_web_address(fields["url"])
    if "published_at" in fields:
        _check_moment(fields["published_at"])
    try:
        async with in_transaction() as connection:
            post = await _lock_post(account_id, post_id)
            await post.update_from_dict(fields).save()
            if "link_ids" in changes:
                member = await CampaignCreator.get(id=post.campaign_creator_id)
                await _carry(connection, post, member, changes["link_ids"])
    except IntegrityError:
        raise _taken() from None
    return post_id


async def delete_post(account_id: int, post_id: int) -> int:
    """The note alone: the links that it names, and their clicks, stay. Returns whose in which campaign it was."""
    async with in_transaction() as connection:
        post = await _lock_post(account_id, post_id)
        await post.delete()
        noted = Noted("CampaignCreator", post.campaign_creator_id, "POST_DELETED", {"url": post.url})
        await record_history(connection, account_id, [noted])
    return post.campaign_creator_id


async def _carry(connection: BaseDBAsyncClient, post: Post, member: CampaignCreator, link_ids: Sequence[int]) -> None:
    """The post carries these links and no others. Each is the creator's own, of the same campaign or of none."""
    if len(link_ids) > MAX_LINKS_OF_A_POST:
        raise InvalidInputError(f"a post carries at most {MAX_LINKS_OF_A_POST} links", ("linkIds",))
    owner = [member.account_id, list(link_ids), member.creator_id, member.campaign_id]
    found = {row["id"]: row["belongs"] for row in await connection.execute_query_dict(_FIND_LINKS, owner)}
    for place, link_id in enumerate(link_ids):
        if link_id not in found:
            raise NotFoundError("no such link", ("linkIds", str(place)))
        if not found[link_id]:
            message = "this is not a link of the post's creator for the post's campaign"
            raise InvalidInputError(message, ("linkIds", str(place)))
    await connection.execute_query(_UNLINK, [post.id, list(link_ids)])
    await connection.execute_query(_LINK, [post.id, sorted(set(link_ids))])


async def _lock_post(account_id: int, post_id: int) -> Post:
    post = await Post.select_for_update().get_or_none(id=post_id, account_id=account_id)
    if post is None:
        raise NotFoundError("no such post", ("id",))
    return post


def _check_moment(moment: dt.datetime) -> None:
    if moment.tzinfo is None:
        raise InvalidInputError("a time says its zone, such as 2026-11-21T12:00:00Z", ("publishedAt",))


def _taken() -> TakenError:
    return TakenError("the creator has a post with this address in the campaign already", ("url",))
