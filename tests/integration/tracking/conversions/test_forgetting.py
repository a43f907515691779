"""Our cookie's word for a visitor goes with the visitor's clicks; what they earned stays earned (R10, TR23)."""

import datetime as dt

import asyncpg
import pytest

from tests.audience import LinkSite, make_link, make_link_site
from tests.clicking import DAY_MS
from tests.converting import make_report
from tests.settling import click, convert, read_conversion, read_standing, take_out
from tracking.clicks.event import VisitorMethod
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.conversions.event import ConversionEvent
from tracking.conversions.forgetting import forget_visitors
from tracking.conversions.kinds import Method, Proof, Source, Status

pytestmark = pytest.mark.feature("R10", "TR23")

KEY = (5).to_bytes(16, "big")
KEYS = "SELECT visitor_keys FROM conversion_report ORDER BY received_at"
LATER = dt.timedelta(days=60)


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


async def buy(pool: asyncpg.Pool, site: LinkSite, *, days_ago: int) -> ConversionEvent:
    """By somebody whom our cookie knows, a minute after the click."""
    await pool.execute("UPDATE account SET retention_days = 40")
    link_id = await make_link(pool, site, f"ann{days_ago}")
    at_ms = now_ms() - days_ago * DAY_MS
    seen = {"visitor_key": KEY, "visitor_method": VisitorMethod.COOKIE}
    await click(pool, site.account_id, at_ms=at_ms, link_id=link_id, **seen)
    report = make_report(
        site.account_id,
        source=Source.PIXEL,
        proof=Proof.NONE,
        link_id=link_id,
        visitor_keys=[KEY],
        received_at_ms=at_ms + 60_000,
    )
    await convert(pool, report)
    return report


async def test_it_is_forgotten_when_the_clicks_go_and_not_before(pool: asyncpg.Pool, site: LinkSite) -> None:
    await buy(pool, site, days_ago=50)
    await buy(pool, site, days_ago=30)
    assert await forget_visitors(pool) == 0

    await expire_clicks(pool, utc_now())

    assert await forget_visitors(pool) == 1
    assert await forget_visitors(pool) == 0
    assert [row["visitor_keys"] for row in await pool.fetch(KEYS)] == [[bytes(16)], [KEY]]


async def test_what_the_visitor_earned_stays_earned(pool: asyncpg.Pool, site: LinkSite) -> None:
    report = await buy(pool, site, days_ago=10)
    before = await read_conversion(pool, report)
    await expire_clicks(pool, utc_now() + LATER)
    assert await forget_visitors(pool) == 1

    await convert(pool, report, take_out(report, "refund", "r1", "2.50"))

    assert (await read_standing(pool, report))[::2] == (Status.APPROVED, Method.COOKIE)
    after = await read_conversion(pool, report)
    assert (after["click_id"], after["value_minor"]) == (before["click_id"], 1250)
    assert await pool.fetchval("SELECT visitor_keys FROM conversion_report WHERE proof = 0") == [bytes(16)]


async def test_a_contacts_click_that_nobody_proved_is_held_also_when_it_is_gone(
    pool: asyncpg.Pool, site: LinkSite
) -> None:
    link_id = await make_link(pool, site, "foranna", contact_id=41)
    await pool.execute("UPDATE link SET kind = 'RECIPIENT', message_id = 4, slot = 1 WHERE id = $1", link_id)
    await click(pool, site.account_id, link_id=link_id, contact_id=41, message_id=4, slot=1)
    report = make_report(site.account_id, source=Source.PIXEL, proof=Proof.NONE, link_id=link_id)
    await convert(pool, report)
    await expire_clicks(pool, utc_now() + LATER)

    await convert(pool, make_report(site.account_id, txn_id=report.txn_id))

    assert (await read_standing(pool, report))[::2] == (Status.HELD, Method.CONTACT)
