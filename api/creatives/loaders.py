"""Creatives by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.creatives.queries import CreativeRow, find_creatives


def make_creative_loader(context: Context) -> DataLoader[int, CreativeRow | None]:
    async def load(creative_ids: list[int]) -> list[CreativeRow | None]:
        found = await find_creatives(context.pool, context.account_id, creative_ids)
        return [found.get(creative_id) for creative_id in creative_ids]

    return DataLoader(load_fn=load)
