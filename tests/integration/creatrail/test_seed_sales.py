"""What a demo's audience bought: an order of every standing, figures that add up, and nothing twice."""

import asyncpg
import pytest

from creatrail.seed.demo import seed
from creatrail.seed.selling import IMPRESSIONS
from tracking.accounts.models import IdempotentRequest
from tracking.conversions.kinds import ConversionKind, Method, StandingReason, Status
from tracking.reports.audit import audit
from tracking.settings import Settings

pytestmark = pytest.mark.usefixtures("orm")

CLICKS = 3_000
STANDINGS = {
    ("NL-M01", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M02", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CONTACT),
    ("NL-M03", "sale"): (Status.HELD, StandingReason.UNVERIFIED, Method.LINK),
    ("NL-M04", "sale"): (Status.APPROVED, StandingReason.BY_A_PERSON, Method.LINK),
    ("NL-M05", "sale"): (Status.REJECTED, StandingReason.BY_A_PERSON, Method.LINK),
    ("NL-M06", "sale"): (Status.HELD, StandingReason.UNVERIFIED, Method.COUPON),
    ("NL-M07", "sale"): (Status.UNMATCHED, StandingReason.CLICK_NOT_COUNTED, Method.NONE),
    ("NL-M08", "sale"): (Status.UNMATCHED, StandingReason.OUTSIDE_WINDOW, Method.NONE),
    ("NL-M09", "sale"): (Status.UNMATCHED, StandingReason.CLICK_AFTER_CONVERSION, Method.NONE),
    ("NL-M10", "sale"): (Status.UNMATCHED, StandingReason.NOTHING_TO_GO_BY, Method.NONE),
    ("NL-M11", "sale"): (Status.WAITING, StandingReason.CLICK_NOT_FOUND, Method.NONE),
    ("NL-M12", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M13", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M14", "sale"): (Status.VOIDED, StandingReason.VOIDED, Method.CLICK_ID),
    ("NL-M14", "void"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M15", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M15", "chargeback"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M16", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M16", "refund"): (Status.REJECTED, StandingReason.ABOVE_SALE, Method.CLICK_ID),
    ("NL-M17", "sale"): (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID),
    ("NL-M17", "refund"): (Status.HELD, StandingReason.UNVERIFIED, Method.CLICK_ID),
    ("NL-19998", "refund"): (Status.WAITING, StandingReason.SALE_NOT_FOUND, Method.NONE),
}


async def count(pool: asyncpg.Pool, table: str) -> int:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def read_standings(
    pool: asyncpg.Pool, where: str
) -> dict[tuple[str, str], tuple[Status, StandingReason, Method]]:
    rows = await pool.fetch(f"SELECT order_key, event, status, reason, method FROM conversion WHERE {where}")
    return {
        (row["order_key"].removeprefix("t:"), row["event"]): (
            Status(row["status"]),
            StandingReason(row["reason"]),
            Method(row["method"]),
        )
        for row in rows
    }


@pytest.mark.feature("LO15", "TR13")
async def test_there_is_an_order_of_every_standing(settings: Settings, pool: asyncpg.Pool) -> None:
    await seed(settings, clicks=CLICKS)

    mishaps = "conflicts_with IS NULL AND order_key ~ '^t:NL-(M|19998)'"
    assert await read_standings(pool, mishaps) == STANDINGS
    conflict = (Status.CONFLICT, StandingReason.OTHER_AMOUNT, Method.NONE)
    assert await read_standings(pool, "conflicts_with IS NOT NULL") == {
        ("NL-M12", "sale"): conflict,
        ("NL-M13", "sale"): conflict,
    }
    others = await read_standings(pool, "order_key !~ '^t:NL-(M|19998)'")
    assert {method for status, _, method in others.values() if status is Status.APPROVED} == {
        Method.CLICK_ID,
        Method.COUPON,
    }
    assert {status for status, _, _ in others.values()} <= {Status.APPROVED, Status.UNMATCHED}
    assert (await audit(pool)).differences == []


@pytest.mark.feature("LO14", "LO16", "TR12", "TR17", "IM13")
async def test_there_are_terms_codes_pages_and_a_key(settings: Settings, pool: asyncpg.Pool) -> None:
    await seed(settings, clicks=CLICKS)

    assert await count(pool, "coupon JOIN link ON link.id = link_id AND link.kind = 'CAMPAIGN'") == 3
    assert await count(pool, "offer WHERE events <> '[]'") == 4
    assert await count(pool, "link JOIN offer ON offer.id = offer_id AND interstitial_mode = 'CUSTOM'") == 1
    assert await count(pool, "snippet_key") == await count(pool, "snippet_sighting") == 1
    assert (
        await count(pool, "account WHERE branding IS NOT NULL AND conversions_since < now() - interval '60 days'") == 1
    )
    assert await count(pool, "impression JOIN link ON link.id = link_id AND system_kind = 'OPT_IN'") == IMPRESSIONS


async def test_a_seed_that_died_at_its_end_adds_nothing_when_it_is_done_again(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    tables = ("click", "conversion", "conversion_report", "conversion_entry", "impression", "history_entry")
    await seed(settings, clicks=CLICKS)
    at_first = [await count(pool, table) for table in tables]

    await IdempotentRequest.filter(operation="seed demo").update(result_ids=[])
    again = await seed(settings, clicks=CLICKS)

    assert again.is_new
    assert [await count(pool, table) for table in tables] == at_first
    assert await count(pool, f"conversion WHERE kind = {ConversionKind.REFUND:d}") > 0
    assert (await audit(pool)).differences == []


async def test_two_demos_of_one_hour_have_clicks_and_orders_of_their_own(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    first, second = [await seed(settings, slug=slug, clicks=CLICKS) for slug in ("first", "second")]

    rows = await pool.fetch("SELECT account_id, count(*) AS clicks FROM click GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in rows] == [(demo.account_id, demo.clicks) for demo in (first, second)]
    foreign = f"conversion WHERE reason = {StandingReason.FOREIGN_CLICK:d}"
    assert await count(pool, foreign) == 0
    assert (await audit(pool)).differences == []
