import datetime as dt
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from tests.brand import make_brand, make_creator, make_link
from tests.clicking import make_event, store
from tests.integration.tracking.imports.files import CLICK_TOKENS, bring, count, list_problems
from tracking.accounts.models import Account
from tracking.clock import now_ms
from tracking.conversions.kinds import Method, Source, StandingReason, Status
from tracking.coupons.service import NewCoupon, create_coupon
from tracking.domains.models import TrackingDomain
from tracking.imports.models import Import, ImportKind, ImportProblem
from tracking.links.models import Link
from tracking.offers.events import GivenEvent
from tracking.offers.service import OfferFields, create_offer

pytestmark = [pytest.mark.usefixtures("orm"), pytest.mark.feature("TR16")]

HEADER = ["event", "txn_id", "refund_id", "click_id", "link", "coupon", "offer_external_id", "revenue", "currency"]
DAY_MS = 24 * 3_600_000
STANDING = "status, method, link_id, value_minor, value_currency, payout_minor"


@pytest.fixture
async def account(pool: asyncpg.Pool) -> Account:
    return await make_brand()


@pytest.fixture
async def link(account: Account) -> Link:
    return await make_link(account, await make_creator(account), slug="ann")


async def read_standings(pool: asyncpg.Pool) -> dict[tuple[str, str], tuple[Any, ...]]:
    """How each conversion stands, by its event and its part."""
    rows = await pool.fetch(f"SELECT event, part, {STANDING} FROM conversion")
    return {(row["event"], row["part"]): tuple(row)[2:] for row in rows}


async def click(pool: asyncpg.Pool, account: Account, link: Link, at_ms: int) -> str:
    """What the destination got of a click on this link."""
    event = make_event(account.id, at_ms=at_ms, link_id=link.id, creator_id=link.creator_id, campaign_id=None)
    await store(pool, event, backfill=True)
    return CLICK_TOKENS.sign(event.click_id).decode()


async def write_short_url(link: Link) -> str:
    return f"https://{(await TrackingDomain.get(id=link.domain_id)).host}/{link.slug}"


@pytest.mark.feature("LO15", "TR21")
async def test_an_old_order_and_its_refund_are_credited_as_if_they_had_been_reported_then(
    pool: asyncpg.Pool, account: Account, link: Link
) -> None:
    await create_offer(
        account.id,
        OfferFields("Rain", "https://brand.example/rain", external_id="rain", currency="EUR"),
        [GivenEvent("sale", payout_percent=Decimal(10))],
    )
    clicked_at_ms = now_ms() - 200 * DAY_MS
    token = await click(pool, account, link, clicked_at_ms)
    bought_at = dt.datetime.fromtimestamp(clicked_at_ms / 1000 + 60, dt.UTC).isoformat()
    rows = [
        [*HEADER, "occurred_at"],
        ["", "A1", "", token, "", "", "rain", "80.00", "", bought_at],
        ["refund", "A1", "R1", "", "", "", "", "20.00", "EUR", bought_at],
    ]

    outcomes = [count(await bring(account, ImportKind.CONVERSIONS, rows)) for _ in range(2)]

    assert outcomes == [(2, 0, 0, 0), (0, 0, 2, 0)]
    assert await read_standings(pool) == {
        ("sale", ""): (Status.APPROVED, Method.CLICK_ID, link.id, 8000, "EUR", 800),
        ("refund", "R1"): (Status.APPROVED, Method.CLICK_ID, link.id, -2000, "EUR", -200),
    }
    assert await pool.fetchval("SELECT array_agg(DISTINCT source) FROM conversion_report") == [Source.IMPORT]


async def test_a_row_may_name_a_link_or_a_coupon(pool: asyncpg.Pool, account: Account, link: Link) -> None:
    await create_coupon(account.id, NewCoupon("ANN10", link.id))
    url = await write_short_url(link)
    rows = [
        HEADER,
        ["lead", "A1", "", "", f"{url.upper()}~story", "", "", "", ""],
        ["sale", "A2", "", "", "", "ann10", "", "5", "JPY"],
    ]

    done = await bring(account, ImportKind.CONVERSIONS, rows)

    assert (count(done), await list_problems(done)) == ((2, 0, 0, 0), [])
    assert await read_standings(pool) == {
        ("lead", ""): (Status.APPROVED, Method.LINK, link.id, None, None, None),
        ("sale", ""): (Status.APPROVED, Method.COUPON, link.id, 5, "JPY", None),
    }


async def test_what_says_more_of_an_order_updates_it_and_the_same_again_does_not(
    pool: asyncpg.Pool, account: Account, link: Link
) -> None:
    first = ["sale", "A1", "", "", await write_short_url(link), "", "", "5.00", "USD"]
    other = [*first[:7], "6.00", "USD"]

    done = await bring(account, ImportKind.CONVERSIONS, [HEADER, first, first, other])

    assert count(done) == (1, 1, 1, 0)
    rows = await pool.fetch("SELECT status, reason FROM conversion ORDER BY status")
    assert [tuple(row) for row in rows] == [
        (Status.APPROVED, StandingReason.NONE),
        (Status.CONFLICT, StandingReason.OTHER_AMOUNT),
    ]


async def test_every_wrong_cell_is_named_and_the_rest_is_taken(pool: asyncpg.Pool, account: Account) -> None:
    rows = [
        HEADER,
        ["sale", "", "", "", "", "", "", "5", "USD"],
        ["sale", "A1", "", "x" * 34, "", "", "", "5", "USD"],
        ["sale", "A1", "", "", "https://elsewhere.example/ann", "", "none", "5", "USD"],
        ["sale", "A1", "", "", "", "", "", "-5", "USD"],
        ["sale", "A1", "", "", "", "", "", "5.001", "USD"],
        ["sale", "A1", "", "", "", "", "", "5", "EURO"],
        ["refund", "A1", "", "", "", "", "", "5", "USD"],
        ["sale", "A1", "R1", "", "", "", "", "5", "USD"],
        ["sale", "A2", "", "", "", "", "", "5", "USD"],
    ]

    done = await bring(account, ImportKind.CONVERSIONS, rows)

    assert await list_problems(done) == [
        (2, "txn_id", "REQUIRED"),
        (3, "click_id", "INVALID"),
        (4, "link", "NOT_FOUND"),
        (4, "offer_external_id", "NOT_FOUND"),
        (5, "revenue", "INVALID"),
        (6, "revenue", "INVALID"),
        (7, "currency", "INVALID"),
        (8, "refund_id", "REQUIRED"),
        (9, "refund_id", "INVALID"),
    ]
    assert count(done) == (1, 0, 0, 8)
    problem = await ImportProblem.get(of_import_id=done.id, line=6)
    assert problem.message == "revenue has more than the 2 decimal digits of USD"
    assert await pool.fetchval("SELECT array_agg(order_key) FROM conversion") == ["t:A2"]


async def test_a_dry_run_says_what_is_then_done_and_leaves_nothing(
    pool: asyncpg.Pool, account: Account, link: Link
) -> None:
    sale = ["sale", "A1", "", "", await write_short_url(link), "", "", "5.00", "USD"]
    rows = [HEADER, sale, [*sale[:7], "6.00", "USD"], ["refund", "A1", "", "", "", "", "", "1", "USD"]]

    tried: Import = await bring(account, ImportKind.CONVERSIONS, rows, is_dry_run=True)
    left = await pool.fetchval("SELECT count(*) FROM conversion_order")
    done = await bring(account, ImportKind.CONVERSIONS, rows)

    assert left == 0
    assert (count(tried), await list_problems(tried)) == ((1, 1, 0, 1), [(4, "refund_id", "REQUIRED")])
    assert (count(done), await list_problems(done)) == (count(tried), await list_problems(tried))


@pytest.mark.feature("R11")
async def test_links_offers_and_clicks_of_another_account_are_none(
    pool: asyncpg.Pool, account: Account, link: Link
) -> None:
    other = await make_brand("other")
    token = await click(pool, account, link, now_ms())
    rows = [
        HEADER,
        ["sale", "A1", "", "", await write_short_url(link), "", "", "5", "USD"],
        ["sale", "A2", "", token, "", "", "", "5", "USD"],
    ]

    done = await bring(other, ImportKind.CONVERSIONS, rows)

    assert (count(done), await list_problems(done)) == ((1, 0, 0, 1), [(2, "link", "NOT_FOUND")])
    [standing] = await pool.fetch("SELECT account_id, status, reason, click_id FROM conversion")
    assert tuple(standing) == (other.id, Status.UNMATCHED, StandingReason.FOREIGN_CLICK, None)
