"""Redirectors are told of offers, whose currency they know: of those that come to be, and of those that change."""

from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import make_account
from tracking.changes.rules import ChangeKind
from tracking.offers.service import OfferFields, create_offer, update_offer

FIELDS = OfferFields(name="Rain week", destination_url="https://brand.example/rain")


async def read_changes(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await pool.fetch("SELECT kind, ref_id FROM change_log ORDER BY seq")]


@pytest.mark.feature("R8", "TR21")
async def test_each_change_is_told_once_and_nothing_is_told_of_none(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    offer = await create_offer(account_id, FIELDS)
    told = (ChangeKind.OFFER.value, offer.id)
    assert await read_changes(pool) == [told]

    await update_offer(account_id, offer.id, {"currency": "JPY"})
    await update_offer(account_id, offer.id, {"currency": "JPY"})

    assert await read_changes(pool) == [told, told]
