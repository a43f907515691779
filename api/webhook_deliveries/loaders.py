"""Deliveries by id, those of webhooks, and what is known of each, together."""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar
from uuid import UUID

import asyncpg
from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.webhooks.delivery_queries import (
    AttemptRow,
    DeliveryPage,
    DeliveryRow,
    find_attempts,
    find_bodies,
    find_deliveries,
    list_deliveries,
)

Found = TypeVar("Found")


def make_delivery_loader(context: Context) -> DataLoader[UUID, DeliveryRow | None]:
    return _make_loader(context, find_deliveries)


def make_attempts_loader(context: Context) -> DataLoader[UUID, list[AttemptRow] | None]:
    return _make_loader(context, find_attempts)


def make_body_loader(context: Context) -> DataLoader[UUID, str | None]:
    return _make_loader(context, find_bodies)


def make_delivery_page_loader(context: Context) -> DataLoader[tuple[DeliveryPage, int], list[DeliveryRow]]:
    """By the id of the webhook."""
    return make_page_loader(context, list_deliveries)


def _make_loader(
    context: Context, find: Callable[[asyncpg.Pool, int, Collection[UUID]], Awaitable[dict[UUID, Found]]]
) -> DataLoader[UUID, Found | None]:
    async def load(ids: list[UUID]) -> list[Found | None]:
        found = await find(context.pool, context.account_id, ids)
        return [found.get(each) for each in ids]

    return DataLoader(load_fn=load)
