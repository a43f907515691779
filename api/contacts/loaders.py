"""Contacts by id, their SHARE links and their clicks, together."""

from collections.abc import Awaitable, Callable, Collection

import asyncpg
from strawberry.dataloader import DataLoader

from api.batching import make_row_loader
from api.context import Context
from tracking.contacts.queries import (
    ContactRow,
    count_link_clicks,
    count_referral_clicks,
    find_contacts,
    find_share_links,
)

_Read = Callable[[asyncpg.Pool, int, Collection[int]], Awaitable[dict[int, int]]]


def make_contact_loader(context: Context) -> DataLoader[int, ContactRow | None]:
    return make_row_loader(context, find_contacts)


def make_share_link_loader(context: Context) -> DataLoader[int, int]:
    """The id of the link, 0 where a contact has none."""
    return _make_number_loader(context, find_share_links)


def make_link_clicks_loader(context: Context) -> DataLoader[int, int]:
    return _make_number_loader(context, count_link_clicks)


def make_referral_clicks_loader(context: Context) -> DataLoader[int, int]:
    return _make_number_loader(context, count_referral_clicks)


def _make_number_loader(context: Context, read: _Read) -> DataLoader[int, int]:
    async def load(contact_ids: list[int]) -> list[int]:
        found = await read(context.pool, context.account_id, contact_ids)
        return [found.get(contact_id, 0) for contact_id in contact_ids]

    return DataLoader(load_fn=load)
