"""Creators in campaigns by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.campaigns.queries import MembershipRow, find_memberships


def make_membership_loader(context: Context) -> DataLoader[int, MembershipRow | None]:
    async def load(ids: list[int]) -> list[MembershipRow | None]:
        found = await find_memberships(context.pool, context.account_id, ids)
        return [found.get(membership_id) for membership_id in ids]

    return DataLoader(load_fn=load)
