"""Clicks by weekday and hour of the account's time zone, whatever its clocks do."""

import datetime as dt
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tracking.dimensions.hours_of_week import HourOfWeek, read_hours_of_week
from tracking.reports.fold import fold_all
from tracking.reports.queries import Subject
from tracking.reports.ranges import EVERYTHING, ReportRange, resolve_days, resolve_instants
from tracking.reports.scopes import Scope

pytestmark = pytest.mark.feature("CU7")

OF_CREATOR = Subject(Scope.CREATOR, 3)


async def click_at(pool: asyncpg.Pool, account_id: int, zone: str, *moments: str) -> None:
    """Of a new visitor each, at these moments of UTC."""
    events = [
        make_event(
            account_id, at_ms=round(dt.datetime.fromisoformat(f"{at}Z").timestamp() * 1000), zone=zone, visitor=n
        )
        for n, at in enumerate(moments, 1)
    ]
    await store(pool, *events, backfill=True)
    await fold_all(pool)


async def read_clicks(pool: asyncpg.Pool, account_id: int, wanted: ReportRange = EVERYTHING) -> dict[HourOfWeek, int]:
    found = await read_hours_of_week(pool, account_id, [OF_CREATOR], wanted)
    return {hour: counts.unique_clicks for hour, counts in found.get(OF_CREATOR, {}).items()}


@pytest.mark.parametrize(
    ("zone", "at", "hour"),
    [
        ("UTC", "2026-03-02T00:00", HourOfWeek(1, 0)),
        ("UTC", "2026-03-08T23:59", HourOfWeek(7, 23)),
        ("Asia/Kolkata", "2026-03-01T18:29", HourOfWeek(7, 23)),
        ("Asia/Kolkata", "2026-03-01T18:30", HourOfWeek(1, 0)),
        ("Asia/Kathmandu", "2026-03-01T18:14", HourOfWeek(7, 23)),
        ("Asia/Kathmandu", "2026-03-01T18:15", HourOfWeek(1, 0)),
        ("Europe/Berlin", "2026-03-29T01:00", HourOfWeek(7, 3)),
        ("Australia/Lord_Howe", "2026-04-04T15:10", HourOfWeek(7, 1)),
    ],
)
async def test_an_hour_is_the_accounts(pool: asyncpg.Pool, zone: str, at: str, hour: HourOfWeek) -> None:
    account_id = await make_account(pool, timezone=zone)
    await click_at(pool, account_id, zone, at)

    assert await read_clicks(pool, account_id) == {hour: 1}


async def test_weeks_lie_on_top_of_each_other_and_so_do_repeated_hours(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool, timezone="Europe/Berlin")
    repeated = ("2026-10-25T00:30", "2026-10-25T01:30")  # half past two, twice
    await click_at(pool, account_id, "Europe/Berlin", "2026-10-18T00:30", *repeated, "2026-10-25T02:30")

    assert await read_clicks(pool, account_id) == {HourOfWeek(7, 2): 3, HourOfWeek(7, 3): 1}


async def test_only_hours_of_the_range_are_in_it(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool, timezone="Asia/Kolkata")
    zone = ZoneInfo("Asia/Kolkata")
    await click_at(pool, account_id, "Asia/Kolkata", "2026-03-01T18:29", "2026-03-01T18:30", "2026-03-02T18:30")
    monday = dt.date(2026, 3, 2)

    assert await read_clicks(pool, account_id, resolve_days(monday, monday, zone)) == {HourOfWeek(1, 0): 1}
    until = dt.datetime(2026, 3, 1, 18, 30, tzinfo=dt.UTC)
    before = resolve_instants(until - dt.timedelta(hours=2), until, zone)
    assert await read_clicks(pool, account_id, before) == {HourOfWeek(7, 23): 1}


async def test_nobody_elses_hours_are_in_it(pool: asyncpg.Pool) -> None:
    account_id, other_id = await make_account(pool), await make_account(pool, slug="other")
    await click_at(pool, other_id, "UTC", "2026-03-02T00:00")

    assert await read_hours_of_week(pool, account_id, [OF_CREATOR], EVERYTHING) == {}
