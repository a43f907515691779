"""Clicks by id, together."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.clicks.queries import StoredClick, find_clicks


def make_click_loader(context: Context) -> DataLoader[UUID, StoredClick | None]:
    async def load(click_ids: list[UUID]) -> list[StoredClick | None]:
        found = await find_clicks(context.pool, context.account_id, click_ids)
        return [found.get(click_id) for click_id in click_ids]

    return DataLoader(load_fn=load)
