"""Creators in campaigns, by id and by campaign, together."""

from strawberry.dataloader import DataLoader

from api.batching import read_together
from api.context import Context
from tracking.campaigns.performance import AudienceDay, PerformancePage, PerformanceRow, list_performances
from tracking.campaigns.queries import MembershipRow, find_memberships


def make_membership_loader(context: Context) -> DataLoader[int, MembershipRow | None]:
    async def load(ids: list[int]) -> list[MembershipRow | None]:
        found = await find_memberships(context.pool, context.account_id, ids)
        return [found.get(membership_id) for membership_id in ids]

    return DataLoader(load_fn=load)


def make_performance_loader(
    context: Context,
) -> DataLoader[tuple[PerformancePage, AudienceDay], list[PerformanceRow]]:
    async def load(keys: list[tuple[PerformancePage, AudienceDay]]) -> list[list[PerformanceRow]]:
        return await read_together(keys, page_of=lambda key: repr(key[0]), read=read)

    async def read(keys: list[tuple[PerformancePage, AudienceDay]]) -> list[list[PerformanceRow]]:
        campaigns = [campaign for _, campaign in keys]
        return await list_performances(context.pool, context.account_id, keys[0][0], campaigns)

    return DataLoader(load_fn=load, cache_key_fn=repr)
