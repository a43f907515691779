"""Partitions are there before they are needed, and made when they were missed."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tracking.clicks.partitions import find_oldest_click_month, make_partitions, make_partitions_ahead

pytestmark = pytest.mark.feature("R3")

PARENTS = ("click", "dimension_click", "unique_click")


@pytest.fixture(autouse=True)
async def no_partitions(pool: asyncpg.Pool) -> None:
    names = await pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent IN ('click'::regclass, 'dimension_click'::regclass, 'unique_click'::regclass)"
        " AND inhrelid::regclass::text ~ '[0-9]$'"
    )
    for (name,) in names:
        await pool.execute(f"DROP TABLE {name}")


async def test_months_from_the_last_to_two_ahead_are_made_once(pool: asyncpg.Pool) -> None:
    new_year = dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC)

    made = await make_partitions_ahead(pool, new_year)

    months = ["2026_11", "2026_12", "2027_01", "2027_02"]
    assert sorted(made) == sorted(f"{parent}_{month}" for parent in PARENTS for month in months)
    assert await make_partitions_ahead(pool, new_year) == []
    async with pool.acquire() as connection:
        assert await find_oldest_click_month(connection) == dt.date(2026, 11, 1)


async def test_two_makers_at_once_make_each_once(pool: asyncpg.Pool) -> None:
    days = [dt.date(2025, month, 3) for month in range(1, 7)]

    made = await asyncio.gather(*(make_partitions(pool, days) for _ in range(4)))

    assert sorted(map(len, made)) == [0, 0, 0, 18]


async def test_a_missing_partition_is_made_on_demand(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)

    batch = await store(pool, make_event(account_id), make_event(account_id, contact_id=4, message_id=9))

    assert len(batch.stored) == 2


async def test_clicks_lie_in_the_month_of_their_id(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    first_ms = int(dt.datetime(2026, 3, 1, tzinfo=dt.UTC).timestamp() * 1000)
    await store(pool, *(make_event(account_id, at_ms=first_ms + late_ms) for late_ms in (-1, 0)), backfill=True)

    rows = await pool.fetch("SELECT tableoid::regclass::text FROM click ORDER BY id")

    assert [name for (name,) in rows] == ["click_2026_02", "click_2026_03"]


async def test_a_partition_has_the_keys_and_indexes_of_its_parent(pool: asyncpg.Pool) -> None:
    await make_partitions(pool, [dt.date(2026, 3, 1)])

    indexes = await pool.fetch(
        "SELECT count(*) AS attached, bool_and(indisprimary = parent_is_primary) AS alike FROM pg_index"
        " JOIN pg_inherits ON inhrelid = indexrelid"
        " JOIN (SELECT indexrelid AS parent, indisprimary AS parent_is_primary FROM pg_index) AS of_parent"
        " ON parent = inhparent WHERE indrelid = 'click_2026_03'::regclass"
    )

    of_parent = await pool.fetchval("SELECT count(*) FROM pg_index WHERE indrelid = 'click'::regclass")
    assert of_parent >= 3
    assert [tuple(row) for row in indexes] == [(of_parent, True)]
