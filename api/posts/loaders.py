"""Posts by id or by the creator in a campaign, and their links, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.campaigns.post_listing import (
    PostPage,
    PostRow,
    find_posts,
    list_newest_posts,
    list_post_links,
    list_posts,
)


def make_post_loader(context: Context) -> DataLoader[int, PostRow | None]:
    """To a creator's session, only the creator's own."""

    async def load(ids: list[int]) -> list[PostRow | None]:
        found = await find_posts(context.pool, context.account_id, ids)
        visible = {key: row for key, row in found.items() if context.may_see(row.creator_id)}
        return [visible.get(post_id) for post_id in ids]

    return DataLoader(load_fn=load)


def make_newest_posts_loader(context: Context) -> DataLoader[int, list[PostRow]]:
    """Of each creator in a campaign."""

    async def load(ids: list[int]) -> list[list[PostRow]]:
        found = await list_newest_posts(context.pool, context.account_id, ids)
        return [found.get(membership_id, []) for membership_id in ids]

    return DataLoader(load_fn=load)


def make_post_links_loader(context: Context) -> DataLoader[int, list[int]]:
    """The ids of the links that each post carries."""

    async def load(ids: list[int]) -> list[list[int]]:
        found = await list_post_links(context.pool, context.account_id, ids)
        return [found.get(post_id, []) for post_id in ids]

    return DataLoader(load_fn=load)


def make_post_page_loader(context: Context) -> DataLoader[tuple[PostPage, int], list[PostRow]]:
    return make_page_loader(context, list_posts)
