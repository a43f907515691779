"""Creators and their profiles by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.creators.queries import CreatorRow, ProfileRow, find_creators, find_profiles, list_profiles


def make_creator_loader(context: Context) -> DataLoader[int, CreatorRow | None]:
    async def load(creator_ids: list[int]) -> list[CreatorRow | None]:
        found = await find_creators(context.pool, context.account_id, creator_ids)
        return [found.get(each) if context.may_see(each) else None for each in creator_ids]

    return DataLoader(load_fn=load)


def make_profile_by_id_loader(context: Context) -> DataLoader[int, ProfileRow | None]:
    return make_row_loader(context, find_profiles)


def make_profile_loader(context: Context) -> DataLoader[int, list[ProfileRow]]:
    """The profiles of each creator."""

    async def load(creator_ids: list[int]) -> list[list[ProfileRow]]:
        found = await list_profiles(context.pool, context.account_id, creator_ids)
        return [found.get(creator_id, []) for creator_id in creator_ids]

    return DataLoader(load_fn=load)
