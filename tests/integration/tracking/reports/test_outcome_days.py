"""Hours and days of conversions while clocks change, in two zones and by both moments."""

import datetime as dt
from typing import NamedTuple

import asyncpg
import pytest

from tests.clicking import make_account
from tests.outcomes import read_buckets
from tests.settling import click, convert, report_click
from tracking.clicks.retention import expire_clicks
from tracking.clock import utc_now
from tracking.money import write_amount
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Subject
from tracking.reports.scopes import Grain, Scope

pytestmark = pytest.mark.feature("LO16", "R12", "R7")


class Sold(NamedTuple):
    """Of one click and, so many minutes after, what it earned."""

    clicked_at: str
    minutes: int
    minor: int


class Switch(NamedTuple):
    zone: str
    sold: list[Sold]
    hours: dict[Dating, list[tuple[str, int, int]]]
    days: dict[Dating, list[tuple[str, int, int]]]


# 01:00 to 02:00 is there twice, first at -04:00 and then at -05:00; the day has 25 hours.
NEW_YORK = Switch(
    "America/New_York",
    [
        Sold("2026-11-01T03:59:59Z", 1, 100),  # 31 October, 23:59:59; bought a minute later, on the 1st
        Sold("2026-11-01T05:30:00Z", 60, 200),  # 01:30 the first time; bought at 01:30 the second time
        Sold("2026-11-01T06:30:00Z", 60, 400),  # 01:30 the second time
        Sold("2026-11-02T04:59:59Z", 1, 800),  # 1 November, 23:59:59, the 25th hour
    ],
    hours={
        Dating.CLICK_TIME: [
            ("10-31 23:00 -0400", 1, 100),
            ("11-01 01:00 -0400", 1, 200),
            ("11-01 01:00 -0500", 1, 400),
            ("11-01 23:00 -0500", 1, 800),
        ],
        Dating.CONVERSION_TIME: [
            ("11-01 00:00 -0400", 1, 100),
            ("11-01 01:00 -0500", 1, 200),
            ("11-01 02:00 -0500", 1, 400),
            ("11-02 00:00 -0500", 1, 800),
        ],
    },
    days={
        Dating.CLICK_TIME: [("10-31 00:00 -0400", 1, 100), ("11-01 00:00 -0400", 3, 1400)],
        Dating.CONVERSION_TIME: [("11-01 00:00 -0400", 3, 700), ("11-02 00:00 -0500", 1, 800)],
    },
)
# Clocks go from 02:00 to 02:30: that hour is cut, and the day has 23.5 hours.
LORD_HOWE = Switch(
    "Australia/Lord_Howe",
    [
        Sold("2026-10-03T13:29:59Z", 1, 100),  # 3 October, 23:59:59
        Sold("2026-10-03T15:29:00Z", 2, 200),  # 01:59, the last minute before; bought at 02:31
        Sold("2026-10-03T15:30:00Z", 30, 400),  # 02:30, the first moment after; bought at 03:00
        Sold("2026-10-04T12:59:59Z", 1, 800),  # 4 October, 23:59:59
    ],
    hours={
        Dating.CLICK_TIME: [
            ("10-03 23:00 +1030", 1, 100),
            ("10-04 01:00 +1030", 1, 200),
            ("10-04 02:30 +1100", 1, 400),
            ("10-04 23:00 +1100", 1, 800),
        ],
        Dating.CONVERSION_TIME: [
            ("10-04 00:00 +1030", 1, 100),
            ("10-04 02:30 +1100", 1, 200),
            ("10-04 03:00 +1100", 1, 400),
            ("10-05 00:00 +1100", 1, 800),
        ],
    },
    days={
        Dating.CLICK_TIME: [("10-03 00:00 +1030", 1, 100), ("10-04 00:00 +1030", 3, 1400)],
        Dating.CONVERSION_TIME: [("10-04 00:00 +1030", 3, 700), ("10-05 00:00 +1100", 1, 800)],
    },
)


async def sell(pool: asyncpg.Pool, account_id: int, zone: str, sold: Sold) -> None:
    """A click of a visitor of its own, and the report that names it."""
    at_ms = int(dt.datetime.fromisoformat(sold.clicked_at).timestamp() * 1_000)
    clicked = await click(pool, account_id, at_ms=at_ms, visitor=sold.minor, zone=zone)
    bought_at_ms = at_ms + sold.minutes * 60_000
    revenue = str(write_amount(sold.minor, "EUR"))
    await convert(pool, report_click(clicked, revenue=revenue, received_at_ms=bought_at_ms))


async def check_buckets(pool: asyncpg.Pool, account_id: int, switch: Switch) -> None:
    for dating in Dating:
        for subject in (Subject(Scope.ACCOUNT), Subject(Scope.LINK, 7)):
            assert await read_buckets(pool, account_id, Grain.HOUR, dating, subject) == switch.hours[dating]
            assert await read_buckets(pool, account_id, Grain.DAY, dating, subject) == switch.days[dating]


@pytest.mark.parametrize("switch", [NEW_YORK, LORD_HOWE], ids=lambda switch: switch.zone)
async def test_a_change_of_clocks_moves_no_conversion_into_another_hour_or_day(
    pool: asyncpg.Pool, switch: Switch
) -> None:
    account_id = await make_account(pool, timezone=switch.zone)
    for sold in switch.sold:
        await sell(pool, account_id, switch.zone, sold)
    await fold_all(pool)

    await check_buckets(pool, account_id, switch)
    assert (await audit(pool)).differences == []


@pytest.mark.feature("TR23")
async def test_clicks_that_are_not_kept_any_longer_take_no_conversion_with_them(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool, timezone=NEW_YORK.zone)
    for sold in NEW_YORK.sold:
        await sell(pool, account_id, NEW_YORK.zone, sold)
    await fold_all(pool)

    await pool.execute("UPDATE account SET retention_days = 1, attribution_window_s = 3600 WHERE id = $1", account_id)
    await expire_clicks(pool, utc_now())

    assert await pool.fetchval("SELECT count(*) FROM click") == 0
    await fold_all(pool)
    await check_buckets(pool, account_id, NEW_YORK)
    assert (await audit(pool)).differences == []
