"""API keys by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.accounts.queries import ApiKeyRow, find_api_keys


def make_api_key_loader(context: Context) -> DataLoader[int, ApiKeyRow | None]:
    async def load(key_ids: list[int]) -> list[ApiKeyRow | None]:
        found = await find_api_keys(context.pool, context.account_id, key_ids)
        return [found.get(key_id) for key_id in key_ids]

    return DataLoader(load_fn=load)
