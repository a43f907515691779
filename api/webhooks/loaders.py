"""Webhooks by id, and what each has of its own, together."""

from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.webhooks.queries import (
    EndpointRow,
    HealthRow,
    SecretRow,
    find_endpoints,
    find_health,
    find_secrets,
    list_troubled,
)


def make_webhook_loader(context: Context) -> DataLoader[int, EndpointRow | None]:
    return make_row_loader(context, find_endpoints)


def make_secrets_loader(context: Context) -> DataLoader[int, list[SecretRow] | None]:
    return make_row_loader(context, find_secrets)


def make_health_loader(context: Context) -> DataLoader[int, HealthRow | None]:
    return make_row_loader(context, find_health)


def make_troubled_loader(context: Context) -> DataLoader[int, list[EndpointRow]]:
    """By account: only ever the viewer's own."""

    async def load(account_ids: list[int]) -> list[list[EndpointRow]]:
        found = await list_troubled(context.pool, context.account_id)
        return [found if account_id == context.account_id else [] for account_id in account_ids]

    return DataLoader(load_fn=load)
