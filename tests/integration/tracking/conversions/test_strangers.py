"""What strangers cannot do to orders, who know their numbers and the publishable key, and may have clicked (rule 7)."""

from typing import Any

import asyncpg
import pytest

from tests.audience import LinkSite, make_link, make_link_site
from tests.clicking import DAY_MS, make_event, store
from tests.converting import make_report
from tests.reporting import make_offer
from tests.settling import (
    click,
    convert,
    find_id,
    look_again,
    read_conversion,
    read_figures,
    read_standing,
    report_click,
    take_out,
)
from tracking.clicks.ids import read_click_ms
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.reports import MAX_UNPROVEN_OF_ORDER
from tracking.money import Money
from tracking.offers.events import OfferEvent, write_events

pytestmark = pytest.mark.feature("TR13", "TR14", "R7")

HELD = (Status.HELD, StandingReason.UNVERIFIED)


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


def claim(site: LinkSite, txn_id: str, **changes: Any) -> ConversionEvent:
    """Of an order that is somebody else's, with nothing but the key that stands in every page."""
    given = {"source": Source.SNIPPET, "proof": Proof.NONE, "txn_id": txn_id, "revenue": "", "currency": "", **changes}
    return make_report(site.account_id, **given)


class TestEarlyWord:
    """Numbers of orders can be guessed before there are such orders."""

    async def test_it_takes_no_click_from_the_order_and_does_not_date_it(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        honest = report_click(await click(pool, site.account_id))
        await convert(pool, claim(site, honest.txn_id, received_at_ms=honest.received_at_ms - 3 * DAY_MS))
        await convert(pool, honest)

        assert (await read_standing(pool, honest))[:3] == (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID)
        row = await read_conversion(pool, honest)
        assert row["occurred_at"].timestamp() * 1_000 == honest.received_at_ms

    async def test_it_does_not_date_what_is_proven(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        link_id = await make_link(pool, site, "ann")
        server = make_report(site.account_id, link_id=link_id)
        await convert(pool, claim(site, server.txn_id, received_at_ms=server.received_at_ms - 40 * DAY_MS))
        await convert(pool, server)

        row = await read_conversion(pool, server)
        assert row["occurred_at"].timestamp() * 1_000 == server.received_at_ms

    async def test_it_does_not_shorten_the_wait_for_a_click(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        late = make_event(site.account_id, at_ms=now_ms() - 60_000)
        honest = report_click(late, received_at_ms=read_click_ms(late.click_id) + 1_000)
        await convert(pool, claim(site, honest.txn_id, received_at_ms=now_ms() - 9 * DAY_MS))
        await convert(pool, honest)
        await store(pool, late)
        await look_again(pool)

        assert (await read_standing(pool, honest))[0] is Status.APPROVED


class TestMoney:
    async def test_an_amount_that_came_first_yields_to_who_names_the_click(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        honest = report_click(await click(pool, site.account_id))
        before = {"received_at_ms": honest.received_at_ms - 1_000}
        await convert(pool, claim(site, honest.txn_id, revenue="99999.00", currency="EUR", **before))
        await convert(pool, honest)

        assert await read_figures(pool) == {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}
        [other] = await pool.fetch("SELECT value_minor FROM conversion WHERE status = $1", Status.CONFLICT)
        assert other["value_minor"] == 9_999_900

    async def test_an_amount_that_came_first_yields_to_who_names_the_click_by_whatever_it_was_found(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        """The cookie leads to it; who names its id does so too late to earn it."""
        link_id = await make_link(pool, site, "ann")
        clicked = await click(pool, site.account_id, link_id=link_id, at_ms=now_ms() - 40 * DAY_MS)
        at_ms = read_click_ms(clicked.click_id)
        by_cookie = claim(
            site, "T1", link_id=link_id, visitor_keys=[clicked.visitor_key], received_at_ms=at_ms + DAY_MS
        )
        by_id = claim(
            site,
            "T1",
            click_ids=[clicked.click_id],
            revenue="12.50",
            currency="EUR",
            received_at_ms=at_ms + 30 * DAY_MS,
        )
        first = claim(site, "T1", revenue="999", currency="EUR", received_at_ms=at_ms)
        await convert(pool, first, by_cookie, by_id)

        row = await read_conversion(pool, by_id)
        assert (row["method"], row["value_minor"]) == (Method.COOKIE, 1_250)

    async def test_the_cookie_of_somebody_else_makes_an_amount_no_surer(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        link_id = await make_link(pool, site, "ann")
        clicked = await click(pool, site.account_id, link_id=link_id)
        at_ms = read_click_ms(clicked.click_id)
        told = {"link_id": link_id, "currency": "EUR"}
        stranger = claim(site, "T1", **told, visitor_keys=[b"s" * 16], revenue="999", received_at_ms=at_ms + 1)
        honest = claim(
            site, "T1", **told, visitor_keys=[clicked.visitor_key], revenue="12.50", received_at_ms=at_ms + 2
        )
        await convert(pool, stranger, honest)

        row = await read_conversion(pool, honest)
        assert (row["method"], row["value_minor"]) == (Method.COOKIE, 1_250)

    async def test_an_amount_that_a_proof_left_out_is_not_a_strangers_to_give(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        server = make_report(site.account_id, link_id=await make_link(pool, site, "ann"), revenue="", currency="")
        await convert(pool, claim(site, server.txn_id, revenue="99999.00", currency="EUR"))
        await convert(pool, server)

        assert await read_figures(pool) == {"conversions": 1}

    async def test_a_currency_that_a_proof_left_out_is_the_accounts(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        """And not that of a stranger who names the same number."""
        server = make_report(site.account_id, link_id=await make_link(pool, site, "ann"), currency="")
        await convert(pool, claim(site, server.txn_id, revenue="12.50", currency="KWD"))
        await convert(pool, server)

        row = await read_conversion(pool, server)
        assert (row["value_minor"], row["value_currency"]) == (1250, "USD")

    async def test_a_refund_takes_what_its_proof_says(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        """A stranger who says less of the same refund does not lower it."""
        sale = report_click(await click(pool, site.account_id))
        await convert(pool, sale, claim(site, sale.txn_id, event="refund", part="r1", revenue="0.01"))
        await convert(pool, take_out(sale, "refund", "r1", ""))

        assert (await read_figures(pool))["refunds_minor"] == 1250

    async def test_nobody_chooses_an_offer_without_a_proof(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        dear = await make_offer(pool, site.account_id)
        await pool.execute("UPDATE offer SET events = $1", write_events([OfferEvent("sale", Money(90_000, "EUR"))]))
        named = await click(pool, site.account_id, offer_id=None)
        await convert(pool, report_click(named, offer_id=dear))

        assert await read_figures(pool) == {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}


class TestCredit:
    @pytest.mark.parametrize("way", ["link", "coupon"])
    async def test_a_proven_order_belongs_to_no_link_that_anybody_named(
        self, pool: asyncpg.Pool, site: LinkSite, way: str
    ) -> None:
        """Else whoever names a link for the next thousand orders would be paid for all that have no click."""
        link_id = await make_link(pool, site, "ann")
        await add_coupon(pool, site, link_id)
        server = make_report(site.account_id)
        named: dict[str, Any] = {"link_id": link_id} if way == "link" else {"coupon": "ANN10"}
        await convert(pool, claim(site, server.txn_id, **named), server)

        assert (await read_standing(pool, server))[:2] == HELD
        assert await read_figures(pool) == {}

        await convert(pool, make_report(site.account_id, txn_id=server.txn_id, **named))
        assert (await read_standing(pool, server))[0] is Status.APPROVED

    async def test_a_link_that_a_proof_named_is_not_taken_away(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        """By a coupon of somebody else's, nor by a click that can earn nothing."""
        bob, ann = await make_link(pool, site, "bob"), await make_link(pool, site, "ann")
        await add_coupon(pool, site, ann)
        server = make_report(site.account_id, link_id=bob)
        await convert(pool, server)
        later = await click(pool, site.account_id, at_ms=server.received_at_ms + 1_000)
        told = {"received_at_ms": server.received_at_ms}
        await convert(pool, claim(site, server.txn_id, coupon="ANN10", click_ids=[later.click_id], **told))

        assert (await read_standing(pool, server))[:3] == (Status.APPROVED, StandingReason.NONE, Method.LINK)
        assert (await read_conversion(pool, server))["link_id"] == bob


class TestTakingBack:
    async def test_a_sale_that_is_made_up_shields_no_signup_from_its_void(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        signup = report_click(await click(pool, site.account_id), event="signup")
        await convert(pool, signup, claim(site, signup.txn_id, revenue="0.01"))
        await convert(pool, take_out(signup, "void", "", ""))

        assert (await read_standing(pool, signup))[0] is Status.VOIDED
        assert await read_figures(pool) == {}

    async def test_nor_does_one_that_names_a_click_shield_a_proven_purchase(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        """A creator and a buyer may agree to buy, to be paid for it, and to give it back."""
        clicked = await click(pool, site.account_id)
        bought = report_click(clicked, event="purchase", proof=Proof.SIGNATURE)
        await convert(pool, bought, report_click(clicked, txn_id=bought.txn_id, revenue="0.01"))
        await convert(pool, take_out(bought, "refund", "r1", "12.50"))

        assert (await read_figures(pool))["refunds_minor"] == 1250

    async def test_the_secret_of_another_offer_takes_nothing(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        own, other = await make_offer(pool, site.account_id), await make_offer(pool, site.account_id)
        sale = make_report(site.account_id, offer_id=own, proof=Proof.OFFER_SECRET)
        await convert(pool, sale, take_out(sale, "void", "", "", offer_id=other, proof=Proof.OFFER_SECRET))
        assert (await read_standing(pool, sale))[0] is Status.APPROVED

        await convert(pool, take_out(sale, "void", "", "", offer_id=own, proof=Proof.OFFER_SECRET))
        assert (await read_standing(pool, sale))[0] is Status.VOIDED


async def test_an_order_is_not_filled_up_by_who_proves_nothing(pool: asyncpg.Pool, site: LinkSite) -> None:
    """It is decided as a whole, each time. What is proven has no bound, and what is there already is heard."""
    sale = report_click(await click(pool, site.account_id))
    await convert(pool, sale)
    for turn in range(3):
        events = [f"event{turn}{number}" for number in range(MAX_UNPROVEN_OF_ORDER)]
        await convert(pool, *(claim(site, sale.txn_id, event=event) for event in events))
    assert await pool.fetchval("SELECT count(*) FROM conversion") == MAX_UNPROVEN_OF_ORDER

    refund = take_out(sale, "refund", "r1", "2.50")
    await convert(pool, refund, claim(site, sale.txn_id, coupon="ANN10"))

    assert (await read_figures(pool))["refunds_minor"] == 250
    reports = "SELECT count(*) FROM conversion_report WHERE conversion_id = $1"
    assert await pool.fetchval(reports, find_id(sale)) == 2


async def test_a_proof_ends_what_the_cap_holds(pool: asyncpg.Pool, site: LinkSite) -> None:
    await pool.execute("UPDATE account SET cap_per_link_hour = 1")
    named = await click(pool, site.account_id)
    reports = [report_click(named), report_click(named)]
    for report in reports:
        await convert(pool, report)
    assert (await read_standing(pool, reports[1]))[:2] == (Status.HELD, StandingReason.OVER_CAP)

    await convert(pool, make_report(site.account_id, txn_id=reports[1].txn_id))

    assert await read_standing(pool, reports[1]) == (
        Status.APPROVED,
        StandingReason.NONE,
        Method.CLICK_ID,
        Trust.TOKEN,
    )


async def add_coupon(pool: asyncpg.Pool, site: LinkSite, link_id: int) -> None:
    await pool.execute(
        "INSERT INTO coupon (account_id, code, link_id, created_at) VALUES ($1, 'ANN10', $2, now() - interval '1 h')",
        site.account_id,
        link_id,
    )
