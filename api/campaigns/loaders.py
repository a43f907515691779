"""Campaigns by id, together."""

from collections.abc import Collection

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.campaigns.membership import find_joined
from tracking.campaigns.queries import CampaignRow, find_campaigns


def make_campaign_loader(context: Context) -> DataLoader[int, CampaignRow | None]:
    async def load(ids: list[int]) -> list[CampaignRow | None]:
        creator_id = context.viewer.creator_id
        if creator_id is None:
            visible: Collection[int] = ids
        else:  # a creator sees the campaigns that they are in (LS11)
            visible = await find_joined(context.pool, context.account_id, creator_id, ids)
        found = await find_campaigns(context.pool, context.account_id, visible)
        return [found.get(campaign_id) for campaign_id in ids]

    return DataLoader(load_fn=load)
