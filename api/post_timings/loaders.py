"""When clicks came, of many posts at once."""

from strawberry.dataloader import DataLoader

from api.accounts.loaders import find_zone
from api.context import Context
from tracking.clock import utc_now
from tracking.dimensions.hours_of_week import HourOfWeek
from tracking.performance.timing import (
    Published,
    Timing,
    list_shared_links,
    read_post_hours_of_week,
    read_timings,
)
from tracking.reports.queries import Counts


def make_timing_loader(context: Context) -> DataLoader[Published, Timing]:
    async def load(posts: list[Published]) -> list[Timing]:
        return await read_timings(context.pool, context.account_id, posts, await find_zone(context), utc_now())

    return DataLoader(load_fn=load)


def make_post_hour_loader(context: Context) -> DataLoader[Published, dict[HourOfWeek, Counts]]:
    async def load(posts: list[Published]) -> list[dict[HourOfWeek, Counts]]:
        return await read_post_hours_of_week(context.pool, context.account_id, posts, await find_zone(context))

    return DataLoader(load_fn=load)


def make_shared_link_loader(context: Context) -> DataLoader[int, list[int]]:
    """The ids of the links that each post shares with others."""

    async def load(post_ids: list[int]) -> list[list[int]]:
        found = await list_shared_links(context.pool, context.account_id, post_ids)
        return [found.get(post_id, []) for post_id in post_ids]

    return DataLoader(load_fn=load)
