"""What creators brought to each of their campaigns, of many at once."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.performance.past_campaigns import PastCampaign, list_past_campaigns


def make_past_campaign_loader(context: Context) -> DataLoader[int, list[PastCampaign]]:
    async def load(creator_ids: list[int]) -> list[list[PastCampaign]]:
        found = await list_past_campaigns(context.pool, context.account_id, creator_ids)
        return [found.get(creator_id, []) for creator_id in creator_ids]

    return DataLoader(load_fn=load)
