"""Follower counts of profiles, together."""

from strawberry.dataloader import DataLoader

from api.batching import read_together
from api.context import Context
from tracking.creators.queries import FollowerCountPage, FollowerCountRow, list_follower_counts


def make_follower_count_page_loader(
    context: Context,
) -> DataLoader[tuple[FollowerCountPage, int], list[FollowerCountRow]]:
    """The same page of each profile."""

    async def load(keys: list[tuple[FollowerCountPage, int]]) -> list[list[FollowerCountRow]]:
        return await read_together(keys, page_of=lambda key: repr(key[0]), read=read)

    async def read(keys: list[tuple[FollowerCountPage, int]]) -> list[list[FollowerCountRow]]:
        profile_ids = [profile_id for _, profile_id in keys]
        return await list_follower_counts(context.pool, context.account_id, keys[0][0], profile_ids)

    return DataLoader(load_fn=load, cache_key_fn=repr)
