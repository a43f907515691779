"""Campaigns by id, together."""

from collections.abc import Collection

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.campaigns.membership import find_joined
from tracking.campaigns.queries import (
    CampaignPage,
    CampaignRow,
    find_campaigns,
    find_system_links,
    list_campaigns_of_creators,
)


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


def make_system_link_loader(context: Context) -> DataLoader[tuple[int, str], int | None]:
    """The id of the link that works, by campaign and kind."""

    async def load(keys: list[tuple[int, str]]) -> list[int | None]:
        campaign_ids = list({campaign_id for campaign_id, _ in keys})
        found = await find_system_links(context.pool, context.account_id, campaign_ids)
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)


def make_creator_campaigns_loader(context: Context) -> DataLoader[tuple[CampaignPage, int], list[CampaignRow]]:
    return make_page_loader(context, list_campaigns_of_creators)
