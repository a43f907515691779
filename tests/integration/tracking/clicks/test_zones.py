"""A change of the account's time zone and its first click: whichever comes first decides, and nothing is in between."""

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.clicking import make_account, make_event, store
from tests.waiting import eventually
from tracking.accounts.account_settings import update_account_settings
from tracking.clicks.zones import fix_zones, read_zones
from tracking.errors import TimeZoneLockedError
from tracking.reports.buckets import find_day_start
from tracking.reports.fold import fold_all
from tracking.reports.scopes import Grain, Scope

AUCKLAND = "Pacific/Auckland"


async def read_days(pool: asyncpg.Pool, account_id: int) -> list[dt.datetime]:
    await fold_all(pool)
    rows = await pool.fetch(
        "SELECT bucket FROM rollup WHERE account_id = $1 AND scope = $2 AND grain = $3",
        account_id,
        Scope.ACCOUNT,
        Grain.DAY,
    )
    return [row["bucket"] for row in rows]


async def find_today(pool: asyncpg.Pool, account_id: int) -> dt.datetime:
    """Where the day of the account's only click begins, in the zone that the account has."""
    occurred_at = await pool.fetchval("SELECT occurred_at FROM click WHERE account_id = $1", account_id)
    zone = ZoneInfo(await pool.fetchval("SELECT timezone FROM account WHERE id = $1", account_id))
    return find_day_start(occurred_at.astimezone(zone).date(), zone)


async def wait_for_lock(pool: asyncpg.Pool) -> None:
    await eventually(lambda: pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))


async def test_the_zone_may_change_until_the_first_click(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)

    await update_account_settings(account_id, {"timezone": AUCKLAND})
    await store(pool, make_event(account_id, zone=AUCKLAND))

    with pytest.raises(TimeZoneLockedError) as refused:
        await update_account_settings(account_id, {"timezone": "UTC"})
    assert refused.value.path == ("timezone",)
    assert await read_days(pool, account_id) == [await find_today(pool, account_id)]


async def test_with_the_first_click_stored_everything_else_may_still_change(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))

    changed = await update_account_settings(account_id, {"timezone": "UTC", "currency": "EUR"})

    assert changed.currency == "EUR"


async def test_a_batch_that_meets_a_change_is_counted_in_the_new_zone(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    async with pool.acquire() as other, other.transaction():
        await other.execute("UPDATE account SET timezone = $2 WHERE id = $1", account_id, AUCKLAND)
        storing = asyncio.create_task(store(pool, make_event(account_id)))
        await wait_for_lock(pool)

    stored = (await storing).stored

    assert len(stored) == 1
    assert await read_days(pool, account_id) == [await find_today(pool, account_id)]


async def test_a_change_that_meets_a_batch_waits_for_it_and_is_refused(
    orm: TortoiseContext, pool: asyncpg.Pool
) -> None:
    account_id = await make_account(pool)
    zones = await read_zones(pool, [account_id])
    async with pool.acquire() as worker, worker.transaction():
        await fix_zones(worker, zones, [account_id])
        changing = asyncio.create_task(update_account_settings(account_id, {"timezone": AUCKLAND}))
        await wait_for_lock(pool)

    with pytest.raises(TimeZoneLockedError):
        await changing


async def test_a_batch_that_fails_fixes_nothing(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    zones = await read_zones(pool, [account_id])
    async with pool.acquire() as worker:
        transaction = worker.transaction()
        await transaction.start()
        await fix_zones(worker, zones, [account_id])
        await transaction.rollback()

    assert (await update_account_settings(account_id, {"timezone": AUCKLAND})).timezone == AUCKLAND


async def test_whoever_wins_days_are_of_the_account_s_zone(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    for number in range(20):
        account_id = await make_account(pool, slug=f"acme{number}")

        _, changed = await asyncio.gather(
            store(pool, make_event(account_id)),
            update_account_settings(account_id, {"timezone": AUCKLAND}),
            return_exceptions=True,
        )

        assert not isinstance(changed, BaseException) or isinstance(changed, TimeZoneLockedError)
        assert await read_days(pool, account_id) == [await find_today(pool, account_id)]


async def test_later_clicks_wait_for_no_change_of_settings(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))

    async with pool.acquire() as other, other.transaction():
        await other.execute("SELECT FROM account WHERE id = $1 FOR UPDATE", account_id)
        stored = (await store(pool, make_event(account_id, visitor=2))).stored

    assert len(stored) == 1
