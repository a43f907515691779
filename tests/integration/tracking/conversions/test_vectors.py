"""The worked examples of docs/rules.md about what a click earned, to the second."""

import asyncio
import datetime as dt
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from tests.audience import make_link, make_link_site
from tests.clicking import BOT, HUMAN, make_account
from tests.converting import make_report
from tests.settling import click, convert, read_conversion, read_standing, report_click
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import read_click_ms
from tracking.conversions.kinds import Method, Proof, Source, StandingReason, Status

WINDOW_MS = 28 * 24 * 3_600_000
MINUTE_MS, SECOND_MS = 60_000, 1_000
INSIDE = WINDOW_MS - MINUTE_MS  # 27 days 23 hours 59 minutes
OUTSIDE = WINDOW_MS + SECOND_MS
CREDITED = (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID)
TOO_LATE = (Status.UNMATCHED, StandingReason.OUTSIDE_WINDOW, Method.NONE)


def to_ms(moment: dt.datetime) -> int:
    return round(moment.timestamp() * 1_000)


@pytest.mark.feature("V7", "LO15", "TR17")
class TestWindow:
    @pytest.mark.parametrize(("after_ms", "expected"), [(INSIDE, CREDITED), (WINDOW_MS, CREDITED), (OUTSIDE, TOO_LATE)])
    async def test_it_lasts_28_days_to_the_second(
        self, pool: asyncpg.Pool, after_ms: int, expected: tuple[object, ...]
    ) -> None:
        clicked = await click(pool, await make_account(pool))
        report = report_click(clicked, received_at_ms=read_click_ms(clicked.click_id) + after_ms)

        await convert(pool, report)

        assert (await read_standing(pool, report))[:3] == expected

    @pytest.mark.feature("V13")
    @pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
    @pytest.mark.parametrize(("month", "wall_hour"), [(3, 13), (10, 11)], ids=["spring", "autumn"])
    async def test_clocks_that_change_meanwhile_make_it_neither_longer_nor_shorter(
        self, pool: asyncpg.Pool, zone: str, month: int, wall_hour: int
    ) -> None:
        clicked_at = dt.datetime(2026, month, 7 if month == 3 else 20, 12, tzinfo=ZoneInfo(zone))
        clicked = await click(pool, await make_account(pool, timezone=zone), at_ms=to_ms(clicked_at), zone=zone)
        ends_at = (clicked_at.astimezone(dt.UTC) + dt.timedelta(days=28)).astimezone(ZoneInfo(zone))
        reports = [
            report_click(clicked, received_at_ms=to_ms(ends_at) + after_ms) for after_ms in (-MINUTE_MS, 0, SECOND_MS)
        ]

        await convert(pool, *reports)

        assert (ends_at.hour, ends_at.utcoffset() == clicked_at.utcoffset()) == (wall_hour, False)
        standings = [(await read_standing(pool, report))[:3] for report in reports]
        assert standings == [CREDITED, CREDITED, TOO_LATE]

    @pytest.mark.feature("V13", "LO16")
    @pytest.mark.parametrize(
        ("zone", "at", "day", "hour"),
        [
            ("Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-24T22:00Z", "2026-10-25T00:00Z"),
            ("Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-24T22:00Z", "2026-10-25T01:00Z"),
            ("Europe/Berlin", "2026-10-25T23:30:00Z", "2026-10-25T23:00Z", "2026-10-25T23:00Z"),
            ("America/New_York", "2026-03-08T06:59:00Z", "2026-03-08T05:00Z", "2026-03-08T06:00Z"),
            ("America/New_York", "2026-03-08T07:01:00Z", "2026-03-08T05:00Z", "2026-03-08T07:00Z"),
            ("America/New_York", "2026-03-09T04:30:00Z", "2026-03-09T04:00Z", "2026-03-09T04:00Z"),
        ],
    )
    async def test_the_hour_that_comes_twice_and_the_one_that_never_comes_are_dated_right(
        self, pool: asyncpg.Pool, zone: str, at: str, day: str, hour: str
    ) -> None:
        at_ms = to_ms(dt.datetime.fromisoformat(at))
        clicked = await click(pool, await make_account(pool, timezone=zone), at_ms=at_ms - MINUTE_MS, zone=zone)

        await convert(pool, report_click(clicked, received_at_ms=at_ms))

        [row] = await pool.fetch("SELECT day_at, hour_at FROM outcome_delta WHERE dating = 1 AND conversions = 1")
        assert tuple(row) == (dt.datetime.fromisoformat(day), dt.datetime.fromisoformat(hour))


@pytest.mark.feature("V8", "LO15", "IM3")
async def test_another_browser_gets_no_credit(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await click(pool, account_id, visitor=1)
    report = make_report(account_id, source=Source.SNIPPET, proof=Proof.NONE)

    await convert(pool, report)

    standing = (await read_standing(pool, report))[:3]
    assert standing == (Status.HELD, StandingReason.UNVERIFIED, Method.NONE)


@pytest.mark.feature("V9", "TR13", "TR16")
async def test_one_txn_id_twice_also_at_once_is_one_conversion(pool: asyncpg.Pool) -> None:
    clicked = await click(pool, await make_account(pool))
    report = report_click(clicked, txn_id="A1")

    await asyncio.gather(*(convert(pool, report) for _ in range(20)))
    await convert(pool, report_click(clicked, txn_id="A1", received_at_ms=read_click_ms(clicked.click_id) + 90_000))

    rows = await pool.fetch("SELECT status, value_minor FROM conversion")
    assert [tuple(row) for row in rows] == [(Status.APPROVED, 1250)]
    assert await pool.fetchval("SELECT sum(conversions) FROM outcome_delta WHERE dating = 1") == 1


@pytest.mark.feature("V12", "TR6", "TR7", "TR8", "TR9")
async def test_revenue_goes_to_the_second_hit_of_a_contact_whose_first_was_a_bots(pool: asyncpg.Pool) -> None:
    site = await make_link_site(pool)
    contact_id = await pool.fetchval(
        "INSERT INTO contact (account_id, external_id, name, created_at) VALUES ($1, 'c1', '', now()) RETURNING id",
        site.account_id,
    )
    link_id = await make_link(pool, site, "m1", contact_id=contact_id)
    await pool.execute("UPDATE link SET message_id = 5, slot = 1 WHERE id = $1", link_id)
    hits = [
        await click(
            pool,
            site.account_id,
            link_id=link_id,
            message_id=5,
            slot=1,
            contact_id=contact_id,
            visitor_key=contact_id.to_bytes(16, "big"),
            visitor_method=VisitorMethod.CONTACT,
            user_agent=user_agent,
        )
        for user_agent in (BOT, HUMAN, HUMAN)
    ]
    report = make_report(site.account_id, source=Source.POSTBACK, proof=Proof.SIGNATURE, link_id=link_id)

    await convert(pool, report)

    row = await read_conversion(pool, report)
    assert (Status(row["status"]), Method(row["method"])) == (Status.APPROVED, Method.CONTACT)
    assert (row["click_id"].bytes, row["contact_id"], row["value_minor"]) == (hits[1].click_id, contact_id, 1250)
    counts = await pool.fetchrow("SELECT count(*), count(*) FILTER (WHERE is_counted) FROM click")
    assert (tuple(counts), await pool.fetchval("SELECT count(*) FROM unique_click")) == ((3, 2), 1)
