"""What is shown before destinations, by campaign and by click, together."""

import datetime as dt
from uuid import UUID

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.interstitials.queries import find_campaign_interstitials, find_continued
from tracking.interstitials.rules import Interstitial


def make_campaign_interstitial_loader(context: Context) -> DataLoader[int, Interstitial | None]:
    return make_row_loader(context, find_campaign_interstitials)


def make_continued_loader(context: Context) -> DataLoader[UUID, dt.datetime | None]:
    """When somebody continued past the page, by click."""

    async def load(click_ids: list[UUID]) -> list[dt.datetime | None]:
        found = await find_continued(context.pool, context.account_id, click_ids)
        return [found.get(click_id) for click_id in click_ids]

    return DataLoader(load_fn=load)
