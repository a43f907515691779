"""Old clicks go, what was counted of them stays, and the audit knows the difference (TR23)."""

import asyncio
import datetime as dt
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, make_account, make_event, read_tables, store
from tracking.bots.behaviour.service import try_to_become_watcher
from tracking.bots.verdicts import Reason
from tracking.clicks import retention
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.retention import expire_clicks, find_kept_from
from tracking.clock import now_ms, utc_now
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("TR23")

ABOUT = ("click_label", "click_confirmation", "reclassification_log")


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    """Keeps clicks for 100 days."""
    account_id = await make_account(pool, timezone="America/St_Johns")
    await keep_for(pool, account_id, 100)
    return account_id


async def keep_for(pool: asyncpg.Pool, account_id: int, days: int) -> None:
    await pool.execute("UPDATE account SET retention_days = $2 WHERE id = $1", account_id, days)


async def click_before(pool: asyncpg.Pool, account_id: int, *days: float, **changes: Any) -> list[UUID]:
    """One click so many days ago each, of the same visitor."""
    zone: str = await pool.fetchval("SELECT timezone FROM account WHERE id = $1", account_id)
    events = [make_event(account_id, at_ms=now_ms() - round(each * DAY_MS), zone=zone, **changes) for each in days]
    await store(pool, *events, backfill=True)
    return [UUID(bytes=event.click_id) for event in events]


async def note_something(pool: asyncpg.Pool, account_id: int, click_id: UUID) -> None:
    """A row about the click in each table that has such."""
    await pool.execute(
        "INSERT INTO click_label (click_id, correction_id, account_id, verdict) VALUES ($1, 1, $2, 2)",
        click_id,
        account_id,
    )
    await pool.execute(
        "INSERT INTO click_confirmation (click_id, account_id, link_id, confirmed_at) VALUES ($1, $2, 7, now())",
        click_id,
        account_id,
    )
    await relabel_clicks(pool, account_id, {click_id: Learned(evidence=int(Reason.MANY_CLICKS))}, Cause.BEHAVIOUR)


async def list_clicks_in(pool: asyncpg.Pool, *tables: str) -> list[list[UUID]]:
    column = {"click": "id"}
    return [
        [row[0] for row in await pool.fetch(f"SELECT {column.get(table, 'click_id')} FROM {table} ORDER BY 1")]
        for table in tables
    ]


async def test_clicks_past_their_time_go_with_all_that_is_about_them(pool: asyncpg.Pool, account_id: int) -> None:
    old, young = await click_before(pool, account_id, 103, 99)
    for click_id in (old, young):
        await note_something(pool, account_id, click_id)
    assert await list_clicks_in(pool, "click", "unique_click", *ABOUT) == [[old, young]] * 5

    expired = await expire_clicks(pool, utc_now())

    assert expired.clicks + len(expired.partitions) >= 1
    assert await list_clicks_in(pool, "click", "unique_click", *ABOUT) == [[young]] * 5


@pytest.mark.feature("R12")
async def test_reports_stay_as_they_are_and_the_audit_is_clean(pool: asyncpg.Pool, account_id: int) -> None:
    for visitor in range(4):
        await click_before(pool, account_id, 150, 103.1, 103, 101.5, 50, 50, 1, visitor=visitor)
        await click_before(pool, account_id, 150, 103, 50, visitor=visitor, user_agent=BOT)
    before = await read_tables(pool)

    await expire_clicks(pool, utc_now())

    after = await read_tables(pool)
    assert (len(before["clicks"]), len(after["clicks"])) == (40, 16)
    assert after["rollups"] == before["rollups"]
    assert (await audit(pool)).differences == []


@pytest.mark.feature("R12")
async def test_the_audit_still_counts_what_is_kept(pool: asyncpg.Pool, account_id: int) -> None:
    """Else it would be clean because it had stopped looking."""
    _, young = await click_before(pool, account_id, 103, 50)
    await expire_clicks(pool, utc_now())

    await pool.execute("DELETE FROM click WHERE id = $1", young)

    assert {each.check for each in (await audit(pool)).differences} >= {"hours = clicks"}


@pytest.mark.feature("R5", "TR7")
async def test_a_contact_that_clicked_a_message_long_ago_is_no_new_unique(pool: asyncpg.Pool, account_id: int) -> None:
    of_contact = {"message_id": 4, "contact_id": 9, "visitor": 9}
    [old] = await click_before(pool, account_id, 150, **of_contact)
    await expire_clicks(pool, utc_now())

    [new] = await click_before(pool, account_id, 0, **of_contact)

    assert await list_clicks_in(pool, "click", "unique_click") == [[new], [old]]
    assert (await audit(pool)).differences == []


async def test_each_account_keeps_its_own_for_as_long_as_it_says(pool: asyncpg.Pool, account_id: int) -> None:
    patient = await make_account(pool, slug="patient")
    await click_before(pool, account_id, 300)
    [kept, _] = await click_before(pool, patient, 300, 500)

    expired = await expire_clicks(pool, utc_now())

    assert await list_clicks_in(pool, "click") == [[kept]]
    assert not any(name.startswith(f"click_{utc_now() - dt.timedelta(days=300):%Y_%m}") for name in expired.partitions)


async def test_months_that_nobody_keeps_any_more_go_as_a_whole(pool: asyncpg.Pool, account_id: int) -> None:
    [gone, young] = await click_before(pool, account_id, 200, 5)
    await note_something(pool, account_id, gone)
    month = f"{utc_now() - dt.timedelta(days=200):%Y_%m}"

    expired = await expire_clicks(pool, utc_now())

    assert {f"click_{month}", f"unique_click_{month}"} <= set(expired.partitions)
    assert await list_clicks_in(pool, "click", "unique_click", *ABOUT) == [[young], [young], [], [], []]
    assert (await audit(pool)).differences == []


async def test_a_month_that_somebody_reads_is_left_for_the_next_time_and_clicks_come_in_meanwhile(
    pool: asyncpg.Pool, account_id: int
) -> None:
    await click_before(pool, account_id, 200)
    async with pool.acquire() as reader, reader.transaction():
        await reader.fetch("SELECT FROM click")
        dropping = asyncio.create_task(expire_clicks(pool, utc_now()))
        for _ in range(10):
            await click_before(pool, account_id, 0)
        expired = await dropping

    assert not any(name.startswith("click_") for name in expired.partitions)
    assert any(name.startswith("click_") for name in (await expire_clicks(pool, utc_now())).partitions)
    assert await pool.fetchval("SELECT count(*) FROM click") == 10
    assert (await audit(pool)).differences == []


async def test_a_month_that_somebody_reads_holds_up_neither_months_after_it_nor_clicks(
    pool: asyncpg.Pool, account_id: int
) -> None:
    """PostgreSQL detaches one month of a table at a time, and the one that waits comes first."""
    await click_before(pool, account_id, 240, 200, 101, 5)
    async with pool.acquire() as reader, reader.transaction():
        await reader.fetch("SELECT FROM click")
        for _ in range(2):
            await expire_clicks(pool, utc_now())
        during = await pool.fetchval("SELECT count(*) FROM click")

    assert during == 1  # what is left in months that have to wait goes click by click
    assert len((await expire_clicks(pool, utc_now())).partitions) >= 2
    assert await pool.fetchval("SELECT count(*) FROM click") == 1


@pytest.mark.feature("R6")
async def test_what_was_ended_half_way_is_clean_and_goes_on(
    pool: asyncpg.Pool, account_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CLICKS_AT_ONCE", 2)
    patient = await make_account(pool, slug="patient")  # so that no partition goes
    await click_before(pool, patient, 200)
    ids = sorted(await click_before(pool, account_id, 150, 150.01, 150.02, 150.03, 150.04, 3))
    before = await read_tables(pool)
    await pool.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'ended here'; END $$;"
        "CREATE TRIGGER refuse BEFORE DELETE ON click FOR EACH ROW"
        f" WHEN (OLD.id = '{ids[3]}') EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(asyncpg.RaiseError):
        await expire_clicks(pool, utc_now())
    half_way = await pool.fetchval("SELECT count(*) FROM click WHERE account_id = $1", account_id)
    differences = (await audit(pool)).differences
    await pool.execute("DROP FUNCTION refuse CASCADE")

    await expire_clicks(pool, utc_now())

    assert (half_way, differences) == (4, [])
    assert await pool.fetchval("SELECT count(*) FROM click WHERE account_id = $1", account_id) == 1
    assert (await read_tables(pool))["rollups"] == before["rollups"]
    assert (await audit(pool)).differences == []


async def test_again_and_twice_at_once_delete_nothing_more(pool: asyncpg.Pool, account_id: int) -> None:
    await click_before(pool, account_id, 150, 3)

    await asyncio.gather(*(expire_clicks(pool, utc_now()) for _ in range(3)))
    after = await read_tables(pool)

    assert await expire_clicks(pool, utc_now()) == (0, [])
    assert await read_tables(pool) == after


async def test_a_longer_retention_brings_nothing_back_and_claims_nothing(pool: asyncpg.Pool, account_id: int) -> None:
    await click_before(pool, account_id, 150, 3)
    await expire_clicks(pool, utc_now())

    await keep_for(pool, account_id, 400)
    await expire_clicks(pool, utc_now())

    assert (await audit(pool)).differences == []


NOON = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
DAY_S = 24 * 3_600


@pytest.mark.parametrize(
    ("zone", "retention_days", "window_s", "expected"),
    [
        ("UTC", 100, 28 * DAY_S, dt.datetime(2026, 3, 7, tzinfo=dt.UTC)),
        ("Pacific/Kiritimati", 100, 28 * DAY_S, dt.datetime(2026, 3, 7, 10, tzinfo=dt.UTC)),  # the 8th has begun there
        ("UTC", 30, 28 * DAY_S, dt.datetime(2026, 5, 11, tzinfo=dt.UTC)),  # 35 days: the window and 7 more
        ("UTC", 30, 28 * DAY_S + 1, dt.datetime(2026, 5, 10, tzinfo=dt.UTC)),
    ],
)
def test_clicks_are_kept_by_whole_days_and_for_longer_than_the_window(
    zone: str, retention_days: int, window_s: int, expected: dt.datetime
) -> None:
    assert find_kept_from(NOON, ZoneInfo(zone), retention_days=retention_days, window_s=window_s) == expected


async def test_clicks_go_while_another_process_watches_behaviour(pool: asyncpg.Pool, account_id: int) -> None:
    """As one always does: it holds its lock for as long as it lives."""
    await click_before(pool, account_id, 103)
    async with pool.acquire() as watcher:
        assert await try_to_become_watcher(watcher)
        assert (await expire_clicks(pool, utc_now())).clicks == 1
        await watcher.execute("SELECT pg_advisory_unlock_all()")
