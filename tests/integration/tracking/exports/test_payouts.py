"""Payouts by creator and currency: which conversions are in them, and of whom."""

import datetime as dt
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_creator
from tests.closing import days
from tests.converting import write_conversion
from tracking.accounts.models import Account
from tracking.conversions.kinds import Status
from tracking.creators.models import Creator
from tracking.exports.kinds.payouts import PAYOUTS
from tracking.exports.layouts import Asked
from tracking.exports.parameters import ExportParameters, store_parameters

pytestmark = pytest.mark.feature("R7", "TR21")

WEEK = days(8, 14)
BEFORE, IN_IT, AFTER = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (7, 8, 15))


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


@pytest.fixture
async def ann(account: Account) -> Creator:
    return await make_creator(account, "ann")


async def read(pool: asyncpg.Pool, account: Account, **wanted: Any) -> list[tuple[str, ...]]:
    """Creator, currency and the four amounts as text."""
    asked = Asked(account.id, store_parameters(ExportParameters(**wanted)), AFTER)
    rows = [row async for row in PAYOUTS.read_rows(pool, asked)]
    assert await PAYOUTS.estimate_rows(pool, asked) == len(rows)
    assert all(isinstance(cell, Decimal) for row in rows for cell in row[4:])
    return [(str(row[0]), *map(str, row[3:])) for row in rows]


async def pay(pool: asyncpg.Pool, account: Account, creator: Creator | None, minor: int, **columns: Any) -> None:
    row = {"payout_minor": minor, "payout_currency": "EUR", "creator_id": creator and creator.id, **columns}
    await write_conversion(pool, account.id, **row)


class TestPeriod:
    async def test_its_first_moment_is_in_it_and_its_end_is_not(
        self, account: Account, ann: Creator, pool: asyncpg.Pool
    ) -> None:
        for at, minor in ((BEFORE, 100), (IN_IT, 20), (AFTER, 3)):
            await pay(pool, account, ann, minor, occurred_at=at)
        await pay(pool, account, ann, -5, occurred_at=IN_IT)

        week = await read(pool, account, range_start=WEEK.start, range_end=WEEK.end)

        assert week == [("ann", "EUR", "1.00", "0.20", "0.05", "1.15")]
        assert await read(pool, account) == [("ann", "EUR", "0.00", "1.23", "0.05", "1.18")]

    async def test_what_was_only_earned_before_is_carried_on(
        self, account: Account, ann: Creator, pool: asyncpg.Pool
    ) -> None:
        await pay(pool, account, ann, 100, occurred_at=BEFORE)

        assert await read(pool, account, range_start=WEEK.start, range_end=WEEK.end) == [
            ("ann", "EUR", "1.00", "0.00", "0.00", "1.00")
        ]


class TestWhose:
    async def test_only_what_is_approved_counts(self, account: Account, ann: Creator, pool: asyncpg.Pool) -> None:
        for status in Status:
            await pay(pool, account, ann, 100, occurred_at=IN_IT, status=status)

        assert await read(pool, account) == [("ann", "EUR", "0.00", "1.00", "0.00", "1.00")]

    async def test_each_creator_and_currency_has_a_row_and_nobodys_comes_last(
        self, account: Account, ann: Creator, pool: asyncpg.Pool
    ) -> None:
        bob = await make_creator(account, "Bob")
        for creator in (None, bob, ann):
            await pay(pool, account, creator, 100, occurred_at=IN_IT)
        await pay(pool, account, ann, 7, occurred_at=IN_IT, payout_currency="JPY")

        rows = await read(pool, account)

        assert [(row[0], row[1], row[3]) for row in rows] == [
            ("ann", "EUR", "1.00"),
            ("ann", "JPY", "7"),
            ("Bob", "EUR", "1.00"),
            ("(none)", "EUR", "1.00"),
        ]
        assert [row[0] for row in await read(pool, account, creator_id=bob.id)] == ["Bob"]

    async def test_a_campaign_and_another_account_stand_apart(
        self, account: Account, ann: Creator, pool: asyncpg.Pool
    ) -> None:
        other = await make_brand("other")
        await pay(pool, account, ann, 100, occurred_at=IN_IT, campaign_id=5)
        await pay(pool, account, ann, 10, occurred_at=IN_IT, campaign_id=6)
        await pay(pool, other, None, 1, occurred_at=IN_IT, campaign_id=5)

        assert [row[5] for row in await read(pool, account, campaign_id=5)] == ["1.00"]
        assert [row[5] for row in await read(pool, account)] == ["1.10"]
