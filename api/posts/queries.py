"""Posts by id, and those of a creator."""

import datetime as dt
from typing import Annotated, TypeAlias

import strawberry

from api.context import Context
from api.ids import read_key, read_optional_id
from api.nodes import register_node
from api.pagination import Connection, OrderDirection, PageArguments, make_connection, read_page
from api.platforms import Platform
from api.posts.loaders import make_post_loader, make_post_page_loader
from api.posts.types import Post
from tracking.campaigns.post_listing import PostFilter as WantedPosts
from tracking.campaigns.post_listing import PostPage


@strawberry.input(description="Which posts. What is left out or null restricts nothing.")
class PostFilter:
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="Published for this campaign.")
    link_id: strawberry.ID | None = strawberry.field(default=None, description="Carrying this link.")
    platforms: list[Platform] | None = strawberry.field(default=None, description="On any of these.")
    published_from: dt.datetime | None = strawberry.field(default=None, description="Not before this moment.")
    published_to: dt.datetime | None = strawberry.field(default=None, description="Before this moment.")


Filter: TypeAlias = Annotated[PostFilter | None, strawberry.argument(description="Which ones; all when left out.")]
Order: TypeAlias = Annotated[OrderDirection, strawberry.argument(description="Which end in time comes first.")]


async def load_post(context: Context, post_id: int | None) -> Post | None:
    row = await context.loader(make_post_loader).load(post_id) if post_id else None
    return Post.from_row(row) if row else None


async def find_post(context: Context, key: str) -> Post | None:
    return await load_post(context, read_key(key))


register_node("Post", find_post)


async def connect_posts(
    context: Context, creator_id: int, given: PostFilter | None, direction: OrderDirection, arguments: PageArguments
) -> Connection[Post]:
    """One page of a creator's posts; for all creators of a list in one statement."""
    page = read_page(*arguments, key_type=tuple[dt.datetime, int], order=f"posts.{direction.name}")
    wanted = PostPage(_read_filter(given), page.window, direction is OrderDirection.DESC)
    rows = await context.loader(make_post_page_loader).load((wanted, creator_id))
    return make_connection(rows, page, Post.from_row, lambda row: (row.published_at, row.id))


def _read_filter(given: PostFilter | None) -> WantedPosts:
    if given is None:
        return WantedPosts()
    return WantedPosts(
        campaign_id=read_optional_id(given.campaign_id, "Campaign"),
        platforms=given.platforms,
        published_from=given.published_from,
        published_to=given.published_to,
        link_id=read_optional_id(given.link_id, "Link"),
    )
