"""Mutations of posts."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

import strawberry

from api.campaign_creators.queries import require_campaign_creator
from api.campaign_creators.types import CampaignCreator
from api.context import Context, Info
from api.errors import IdempotencyConflict, InvalidInput, NotFound, Taken
from api.idempotency import IDEMPOTENCY_KEY
from api.ids import read_id
from api.permissions import IsWriter
from api.platforms import Platform
from api.posts.queries import load_post
from api.posts.types import Post
from api.scalars import URL
from tracking.campaigns.posts import NewPost, create_post, delete_post, update_post
from tracking.errors import NotFoundError


@strawberry.input(description="What a creator published for a campaign.")
class CreatePostInput:
    campaign_creator_id: strawberry.ID = strawberry.field(description="Of the creator in the campaign.")
    platform: Platform = strawberry.field(description="Where it was published.")
    url: URL = strawberry.field(description="Its address, noted once for a creator in a campaign.")
    published_at: dt.datetime = strawberry.field(description="When it was, or will be, published.")
    link_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="The links that it carries: at most 50, of this creator, of this campaign or of none.",
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type(description="The post was noted.")
class CreatePostSuccess:
    post: Post = strawberry.field(description="The new post, or that of the first call with the same key.")


@strawberry.input(description="What of a post to change. What is left out stays.")
class UpdatePostInput:
    id: strawberry.ID = strawberry.field(description="Of the post.")
    platform: strawberry.Maybe[Platform] = strawberry.field(default=None, description="Where it was published.")
    url: strawberry.Maybe[URL] = strawberry.field(default=None, description="Its address.")
    published_at: strawberry.Maybe[dt.datetime] = strawberry.field(default=None, description="When it was published.")
    link_ids: strawberry.Maybe[list[strawberry.ID]] = strawberry.field(
        default=None, description="All the links that it carries, at most 50."
    )

    def read_changes(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in ("platform", "url", "published_at", "link_ids")}
        changes = {name: each.value for name, each in given.items() if each is not None}
        if "link_ids" in changes:
            changes["link_ids"] = _read_links(changes["link_ids"])
        return changes


@strawberry.type(description="The post was changed.")
class UpdatePostSuccess:
    post: Post = strawberry.field(description="As it is now.")


@strawberry.input(description="A post that is not to be noted any more.")
class DeletePostInput:
    id: strawberry.ID = strawberry.field(description="Of the post.")


@strawberry.type(description="The note is gone. The links that it named go on, and keep their clicks.")
class DeletePostSuccess:
    campaign_creator: CampaignCreator = strawberry.field(description="Whose post it was.")


CreatePostResult: TypeAlias = Annotated[
    CreatePostSuccess | InvalidInput | NotFound | Taken | IdempotencyConflict,
    strawberry.union("CreatePostResult", description="How it went."),
]
UpdatePostResult: TypeAlias = Annotated[
    UpdatePostSuccess | InvalidInput | NotFound | Taken,
    strawberry.union("UpdatePostResult", description="How it went."),
]
DeletePostResult: TypeAlias = Annotated[
    DeletePostSuccess | NotFound, strawberry.union("DeletePostResult", description="How it went.")
]


@strawberry.type
class PostMutation:
    @strawberry.mutation(
        description="Note what a creator published, when, and which links it carries.", permission_classes=[IsWriter]
    )
    async def create_post(
        self, info: Info, given: Annotated[CreatePostInput, strawberry.argument(name="input", description="It.")]
    ) -> CreatePostResult:
        wanted = NewPost(
            campaign_creator_id=read_id(given.campaign_creator_id, "CampaignCreator"),
            platform=given.platform,
            url=given.url,
            published_at=given.published_at,
            link_ids=_read_links(given.link_ids),
        )
        post_id = await create_post(info.context.account_id, wanted, idempotency_key=given.idempotency_key)
        return CreatePostSuccess(post=await _load(info.context, post_id))

    @strawberry.mutation(description="Change a post, or which links it carries.", permission_classes=[IsWriter])
    async def update_post(
        self, info: Info, given: Annotated[UpdatePostInput, strawberry.argument(name="input", description="What.")]
    ) -> UpdatePostResult:
        wanted = read_id(given.id, "Post")
        post_id = await update_post(info.context.account_id, wanted, given.read_changes())
        return UpdatePostSuccess(post=await _load(info.context, post_id))

    @strawberry.mutation(
        description="Delete the note of a post; its links stay as they are.", permission_classes=[IsWriter]
    )
    async def delete_post(
        self, info: Info, given: Annotated[DeletePostInput, strawberry.argument(name="input", description="Which.")]
    ) -> DeletePostResult:
        post_id = read_id(given.id, "Post")
        owner_id = await delete_post(info.context.account_id, post_id)
        return DeletePostSuccess(campaign_creator=await require_campaign_creator(info.context, owner_id))


def _read_links(global_ids: Sequence[str]) -> tuple[int, ...]:
    return tuple(read_id(each, "Link") for each in global_ids)


async def _load(context: Context, post_id: int) -> Post:
    post = await load_post(context, post_id)
    if post is None:
        raise NotFoundError("this post was deleted since")
    return post
