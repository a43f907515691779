"""By what a conversion is credited where no click id says it: cookie, contact, coupon, link, offer (rule 7)."""

from typing import Any

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, make_account
from tests.converting import make_report
from tests.settling import click, convert, read_conversion, read_figures, read_standing
from tracking.clicks.event import VisitorMethod
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.conversions.kinds import Method, Proof, Source, StandingReason, Status, Trust

KEY = (5).to_bytes(16, "big")


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


async def make_link(pool: asyncpg.Pool, account_id: int, **columns: Any) -> int:
    """A row of a creator's link, whatever else it needs; see `columns`."""
    domain_id = await pool.fetchval(
        "INSERT INTO tracking_domain (account_id, host, is_default, has_tls, created_at) VALUES ($1, $2, false, false,"
        " now()) RETURNING id",
        account_id,
        f"go{now_ms()}.example",
    )
    row = {"kind": "CUSTOM", "slug": f"s{now_ms()}", "destination_url": "https://brand.example/", **columns}
    names = ", ".join(row)
    places = ", ".join(f"${place}" for place in range(3, len(row) + 3))
    link_id: int = await pool.fetchval(
        "INSERT INTO link (account_id, domain_id, is_readable, is_destination_overridden, label, tags, created_at,"
        f" {names}) VALUES ($1, $2, false, false, '', '{{}}', now(), {places}) RETURNING id",
        account_id,
        domain_id,
        *row.values(),
    )
    return link_id


def report_link(account_id: int, link_id: int, **changes: Any) -> Any:
    given = {"source": Source.PIXEL, "proof": Proof.NONE, "link_id": link_id, **changes}
    return make_report(account_id, **given)


@pytest.mark.feature("TR15", "R7")
class TestCookie:
    async def test_our_cookie_leads_to_the_first_click_of_its_browser(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        link_id = await make_link(pool, account_id)
        seen = {"link_id": link_id, "visitor_key": KEY, "visitor_method": VisitorMethod.COOKIE}
        first = await click(pool, account_id, at_ms=now_ms() - 2 * DAY_MS, **seen)
        await click(pool, account_id, at_ms=now_ms() - DAY_MS, **seen)
        report = report_link(account_id, link_id, visitor_keys=[KEY])
        await convert(pool, report)

        assert await read_standing(pool, report) == (Status.APPROVED, StandingReason.NONE, Method.COOKIE, Trust.TOKEN)
        assert (await read_conversion(pool, report))["click_id"].bytes == first.click_id

    async def test_without_a_cookie_a_shared_link_is_held_and_has_no_click(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        link_id = await make_link(pool, account_id)
        await click(pool, account_id, link_id=link_id)
        report = report_link(account_id, link_id)
        await convert(pool, report)

        standing = (Status.HELD, StandingReason.UNVERIFIED, Method.LINK, Trust.UNVERIFIED)
        assert await read_standing(pool, report) == standing
        row = await read_conversion(pool, report)
        assert (row["click_id"], row["link_id"]) == (None, link_id)
        assert await read_figures(pool) == {}

    async def test_an_account_that_approves_unverified_ones_counts_it(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        await pool.execute("UPDATE account SET approves_unverified = true")
        report = report_link(account_id, await make_link(pool, account_id))
        await convert(pool, report)

        assert (await read_standing(pool, report))[0] is Status.APPROVED
        assert await read_figures(pool) == {"conversions": 1, "gross_minor": 1250}


@pytest.mark.feature("TR6", "TR9", "R7")
class TestContact:
    async def test_revenue_goes_to_the_contacts_first_counted_click(self, pool: asyncpg.Pool, account_id: int) -> None:
        """Three clicks, the first one a bot's: the second earns."""
        contact_id, message_id = 41, 4
        link_id = await make_link(
            pool, account_id, kind="RECIPIENT", contact_id=contact_id, message_id=message_id, slot=1
        )
        seen = {
            "link_id": link_id,
            "contact_id": contact_id,
            "message_id": message_id,
            "slot": 1,
            "visitor_key": name_contact(contact_id),
            "visitor_method": VisitorMethod.CONTACT,
        }
        now = now_ms()
        await click(pool, account_id, at_ms=now - 9_000, user_agent=BOT, **seen)
        second = await click(pool, account_id, at_ms=now - 6_000, **seen)
        await click(pool, account_id, at_ms=now - 3_000, **seen)
        report = report_link(account_id, link_id, proof=Proof.SIGNATURE)
        await convert(pool, report)

        assert await read_standing(pool, report) == (Status.APPROVED, StandingReason.NONE, Method.CONTACT, Trust.SIGNED)
        row = await read_conversion(pool, report)
        assert (row["click_id"].bytes, row["contact_id"], row["message_id"]) == (
            second.click_id,
            contact_id,
            message_id,
        )


@pytest.mark.feature("TR16", "R7")
class TestCoupon:
    async def test_a_code_belongs_to_its_link_in_any_case(self, pool: asyncpg.Pool, account_id: int) -> None:
        link_id = await make_link(pool, account_id, campaign_id=None)
        await pool.execute(
            "INSERT INTO coupon (account_id, code, link_id, created_at)"
            " VALUES ($1, 'ANN10', $2, now() - interval '1 h')",
            account_id,
            link_id,
        )
        report = make_report(account_id, coupon="ann10")
        await convert(pool, report)

        assert await read_standing(pool, report) == (Status.APPROVED, StandingReason.NONE, Method.COUPON, Trust.TOKEN)
        assert (await read_conversion(pool, report))["link_id"] == link_id

    async def test_a_code_that_was_archived_before_belongs_to_nobody(self, pool: asyncpg.Pool, account_id: int) -> None:
        await pool.execute(
            "INSERT INTO coupon (account_id, code, link_id, created_at, archived_at)"
            " VALUES ($1, 'ANN10', $2, now() - interval '2 h', now() - interval '1 h')",
            account_id,
            await make_link(pool, account_id),
        )
        report = make_report(account_id, coupon="ANN10")
        await convert(pool, report)

        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.NOTHING_TO_GO_BY)


@pytest.mark.feature("TR14", "TR21", "R7")
class TestOffer:
    async def make_offer(self, pool: asyncpg.Pool, account_id: int, events: str) -> int:
        offer_id: int = await pool.fetchval(
            "INSERT INTO offer (account_id, name, destination_url, currency, events, created_at)"
            " VALUES ($1, 'Shoes', 'https://brand.example/', 'EUR', $2, now()) RETURNING id",
            account_id,
            events,
        )
        return offer_id

    async def test_its_secret_makes_a_conversion_without_any_click(self, pool: asyncpg.Pool, account_id: int) -> None:
        offer_id = await self.make_offer(pool, account_id, '[["sale", null, 1000, null]]')
        report = make_report(
            account_id, offer_id=offer_id, source=Source.OFFER_POSTBACK, proof=Proof.OFFER_SECRET, currency=""
        )
        await convert(pool, report)

        assert await read_standing(pool, report) == (Status.APPROVED, StandingReason.NONE, Method.OFFER, Trust.TOKEN)
        assert await read_figures(pool) == {"conversions": 1, "gross_minor": 1250, "payout_minor": 125}

    async def test_parts_that_are_given_back_take_all_that_was_paid(self, pool: asyncpg.Pool, account_id: int) -> None:
        offer_id = await self.make_offer(pool, account_id, '[["sale", null, 5000, null]]')
        given = {"offer_id": offer_id, "proof": Proof.OFFER_SECRET, "currency": "", "txn_id": "T1"}
        await convert(pool, make_report(account_id, revenue="0.05", **given))
        for part in ("a", "b", "c", "d", "e"):
            await convert(pool, make_report(account_id, event="refund", part=part, revenue="0.01", **given))

        assert await read_figures(pool) == {"conversions": 1, "gross_minor": 5, "refunds_minor": 5}

    async def test_another_accounts_offer_is_nobodys(self, pool: asyncpg.Pool, account_id: int) -> None:
        stranger = await make_account(pool, slug="stranger")
        offer_id = await self.make_offer(pool, stranger, "[]")
        report = make_report(account_id, offer_id=offer_id, proof=Proof.OFFER_SECRET)
        await convert(pool, report)

        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.NOTHING_TO_GO_BY)
