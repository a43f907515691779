"""Campaigns by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.campaigns.queries import CampaignRow, find_campaigns


def make_campaign_loader(context: Context) -> DataLoader[int, CampaignRow | None]:
    async def load(ids: list[int]) -> list[CampaignRow | None]:
        found = await find_campaigns(context.pool, context.account_id, ids)
        return [found.get(campaign_id) for campaign_id in ids]

    return DataLoader(load_fn=load)
