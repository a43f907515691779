"""API keys by id, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.accounts.queries import ApiKeyRow, find_api_keys


def make_api_key_loader(context: Context) -> DataLoader[int, ApiKeyRow | None]:
    return make_row_loader(context, find_api_keys)
