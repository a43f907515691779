"""Clicks that come late, that are known no more, or that come afterwards: what they earn, and what they do not."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import DAY_MS, make_account, make_event, store
from tests.converting import make_report
from tests.integration.tracking.conversions.test_methods import make_link
from tests.integration.tracking.conversions.test_recredit import call_bot, follow
from tests.settling import click, convert, look_again, read_conversion, read_figures, read_standing, take_out
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms, write_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Method, Proof, StandingReason, Status
from tracking.conversions.rulings import rematch_conversion

CONTACT, MESSAGE = 41, 4
SALE = {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool)


@pytest.fixture
async def link_id(pool: asyncpg.Pool, account_id: int) -> int:
    """A contact's own."""
    return await make_link(pool, account_id, kind="RECIPIENT", contact_id=CONTACT, message_id=MESSAGE, slot=1)


def make_click(account_id: int, link_id: int, age_ms: int = 60_000, **changes: Any) -> ClickEvent:
    """Of the contact, on their link."""
    of_contact: dict[str, Any] = {
        "contact_id": CONTACT,
        "message_id": MESSAGE,
        "slot": 1,
        "visitor_key": name_contact(CONTACT),
        "visitor_method": VisitorMethod.CONTACT,
    }
    return make_event(account_id, at_ms=now_ms() - age_ms, link_id=link_id, **(of_contact | changes))


def report_link(account_id: int, link_id: int, **changes: Any) -> ConversionEvent:
    return make_report(account_id, link_id=link_id, **changes)


async def earn_by_a_click_that_goes(pool: asyncpg.Pool, account_id: int, link_id: int) -> ConversionEvent:
    """A day after it, by nobody's proof; the click is deleted since."""
    report = report_link(account_id, link_id, proof=Proof.NONE)
    await store(pool, make_click(account_id, link_id, DAY_MS))
    await convert(pool, report)
    await pool.execute("DELETE FROM click")
    return report


async def find_click(pool: asyncpg.Pool, report: ConversionEvent) -> tuple[Method, UUID | None]:
    row = await read_conversion(pool, report)
    return Method(row["method"]), row["click_id"]


@pytest.mark.feature("R6", "R7", "TR9")
class TestLate:
    async def test_a_contacts_click_earns_though_it_is_stored_after_the_sale(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        late, report = make_click(account_id, link_id), report_link(account_id, link_id)
        await convert(pool, report)
        assert await find_click(pool, report) == (Method.LINK, None)

        await store(pool, late)
        assert await look_again(pool) == 1
        assert await find_click(pool, report) == (Method.CONTACT, UUID(bytes=late.click_id))

    async def test_a_contacts_earlier_click_takes_the_sale_over(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        earlier, later = make_click(account_id, link_id, DAY_MS), make_click(account_id, link_id)
        report = report_link(account_id, link_id)
        await store(pool, later)
        await convert(pool, report)

        await store(pool, earlier)
        await look_again(pool)
        assert await find_click(pool, report) == (Method.CONTACT, UUID(bytes=earlier.click_id))

    async def test_a_link_is_not_believed_while_a_click_that_was_named_may_come(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        late = make_event(account_id, at_ms=now_ms() - 60_000)
        report = report_link(account_id, link_id, click_ids=[late.click_id])
        await convert(pool, report)
        assert (await read_standing(pool, report))[:2] == (Status.WAITING, StandingReason.CLICK_NOT_FOUND)
        assert await read_figures(pool) == {}

        await store(pool, late)
        await look_again(pool)
        assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=late.click_id))
        assert await read_figures(pool) == SALE

    async def test_a_link_is_no_way_around_the_window_once_its_click_is_not_kept(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        at_ms = now_ms() - 60 * DAY_MS
        old = await click(pool, account_id, at_ms=at_ms)
        report = report_link(account_id, link_id, click_ids=[old.click_id], received_at_ms=at_ms + 40 * DAY_MS)
        await convert(pool, report)
        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.OUTSIDE_WINDOW)

        await pool.execute("DELETE FROM click")
        await convert(pool, take_out(report, "refund", "a", "5"))
        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.CLICK_NOT_FOUND)
        assert await read_figures(pool) == {}

    async def test_a_click_that_a_server_names_later_is_waited_for_from_then_on(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        """Nine days after a stranger told of the order."""
        late = make_event(account_id, at_ms=now_ms() - 60_000)
        stranger = make_report(account_id, proof=Proof.NONE, received_at_ms=now_ms() - 9 * DAY_MS)
        report = make_report(account_id, txn_id=stranger.txn_id, click_ids=[late.click_id])
        await convert(pool, stranger, report)

        await store(pool, late)
        assert await look_again(pool) == 1
        assert await find_click(pool, report) == (Method.CLICK_ID, UUID(bytes=late.click_id))

    async def test_a_refund_that_is_told_of_again_waits_from_then_on(self, pool: asyncpg.Pool, account_id: int) -> None:
        first = make_report(
            account_id, event="refund", part="a", revenue="5", received_at_ms=now_ms() - 31 * DAY_MS, page_host="a"
        )
        await convert(pool, first)
        assert (await read_standing(pool, first))[0] is Status.UNMATCHED

        await convert(pool, make_report(account_id, event="refund", part="a", revenue="5", txn_id=first.txn_id))
        assert (await read_standing(pool, first))[:2] == (Status.WAITING, StandingReason.SALE_NOT_FOUND)


@pytest.mark.feature("R7", "TR9", "TR17")
class TestGone:
    async def test_what_a_contacts_click_earned_stays_earned_when_it_is_deleted(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        event, report = make_click(account_id, link_id), report_link(account_id, link_id)
        await store(pool, event)
        await convert(pool, report)

        await pool.execute("DELETE FROM click")
        await convert(pool, take_out(report, "refund", "a", "5"))
        assert await find_click(pool, report) == (Method.CONTACT, UUID(bytes=event.click_id))
        assert await read_figures(pool) == SALE | {"refunds_minor": 500}

    async def test_a_contacts_deleted_click_is_no_way_around_its_window(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        report = report_link(account_id, link_id, received_at_ms=now_ms() - 10 * DAY_MS)
        await store(pool, make_click(account_id, link_id, 40 * DAY_MS), backfill=True)
        await convert(pool, report)
        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.OUTSIDE_WINDOW)

        await pool.execute("DELETE FROM click")
        await convert(pool, take_out(report, "refund", "a", "5"))
        assert (await read_standing(pool, report))[:2] == (Status.UNMATCHED, StandingReason.CLICK_NOT_FOUND)
        assert await read_figures(pool) == {}

    async def test_what_it_earned_keeps_its_day_though_what_dated_it_leads_to_nothing_any_more(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        """A page named the contact's link a week before another one named the click."""
        event, late_ms = make_click(account_id, link_id, 9 * DAY_MS), now_ms() - DAY_MS
        named = make_report(account_id, proof=Proof.NONE, click_ids=[event.click_id], received_at_ms=late_ms)
        early_ms = late_ms - 7 * DAY_MS
        early = report_link(account_id, link_id, txn_id=named.txn_id, proof=Proof.NONE, received_at_ms=early_ms)
        await store(pool, event, backfill=True)
        await convert(pool, named, early)
        before = await read_conversion(pool, named)
        assert (before["method"], write_ms(before["occurred_at"])) == (Method.CLICK_ID, early_ms)

        await pool.execute("DELETE FROM click")
        await rematch_conversion(pool, account_id, before["id"])
        after = await read_conversion(pool, named)
        assert (after["click_id"], write_ms(after["occurred_at"])) == (UUID(bytes=event.click_id), early_ms)

    async def test_it_earns_no_longer_what_a_proof_says_was_bought_before(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        report = await earn_by_a_click_that_goes(pool, account_id, link_id)
        dated = make_report(account_id, txn_id=report.txn_id, occurred_at_ms=now_ms() - 2 * DAY_MS)
        await convert(pool, dated)
        assert (await find_click(pool, report))[1] is None

    async def test_beyond_its_window_by_a_proof_it_is_one_that_may_come_at_once_and_not_only_when_asked_again(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        report = await earn_by_a_click_that_goes(pool, account_id, link_id)
        later_ms = now_ms() - DAY_MS + 31 * DAY_MS
        await convert(pool, make_report(account_id, txn_id=report.txn_id, occurred_at_ms=later_ms))
        stands = await read_standing(pool, report)
        await rematch_conversion(pool, account_id, (await read_conversion(pool, report))["id"])
        assert await read_standing(pool, report) == stands

    async def test_among_others_it_is_as_sure_as_it_was(self, pool: asyncpg.Pool, account_id: int) -> None:
        """That a cookie of nobody's proof led to it does not put it before a later click of the same cookie."""
        shared_id = await make_link(pool, account_id)
        first = await click(pool, account_id, link_id=shared_id, at_ms=now_ms() - 2 * DAY_MS)
        last = await click(pool, account_id, link_id=shared_id, at_ms=now_ms() - DAY_MS)
        report = report_link(account_id, shared_id, proof=Proof.NONE, visitor_keys=[first.visitor_key])
        await convert(pool, report)
        assert await find_click(pool, report) == (Method.COOKIE, UUID(bytes=first.click_id))

        await pool.execute("DELETE FROM click WHERE id = $1", UUID(bytes=first.click_id))
        await pool.execute("UPDATE account SET attribution_model = 'LAST_CLICK'")
        await rematch_conversion(pool, account_id, (await read_conversion(pool, report))["id"])
        assert await find_click(pool, report) == (Method.COOKIE, UUID(bytes=last.click_id))


@pytest.mark.feature("R7")
class TestDoubtsOfWhatIsGone:
    async def test_a_proven_link_is_believed_whatever_click_a_stranger_led_to(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        await store(pool, make_click(account_id, link_id, 40 * DAY_MS), backfill=True)
        shared_id = await make_link(pool, account_id, slug="shared")
        proven = report_link(account_id, shared_id)
        await convert(pool, proven, report_link(account_id, link_id, txn_id=proven.txn_id, proof=Proof.NONE))
        assert (await find_click(pool, proven))[0] is Method.LINK

        await pool.execute("DELETE FROM click")
        await rematch_conversion(pool, account_id, (await read_conversion(pool, proven))["id"])
        assert (await find_click(pool, proven))[0] is Method.LINK

    async def test_a_proven_link_whose_click_is_too_old_gains_nothing_by_who_names_that_click(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        event, proven = make_click(account_id, link_id, 40 * DAY_MS), report_link(account_id, link_id)
        await store(pool, event, backfill=True)
        await convert(pool, proven)
        assert (await read_standing(pool, proven))[1] is StandingReason.OUTSIDE_WINDOW

        await pool.execute("DELETE FROM click")
        stranger = make_report(account_id, txn_id=proven.txn_id, proof=Proof.NONE, click_ids=[event.click_id])
        await convert(pool, stranger)
        assert (await find_click(pool, proven))[0] is Method.NONE


@pytest.mark.feature("R7")
class TestAfterwards:
    async def test_clicking_after_the_sale_casts_no_doubt_on_its_link(
        self, pool: asyncpg.Pool, account_id: int, link_id: int
    ) -> None:
        report = report_link(account_id, link_id, received_at_ms=now_ms() - DAY_MS)
        await convert(pool, report)
        before = await read_conversion(pool, report)
        assert (before["method"], before["status"]) == (Method.LINK, Status.APPROVED)

        await store(pool, make_click(account_id, link_id))
        assert not await rematch_conversion(pool, account_id, before["id"])
        after = await read_conversion(pool, report)
        assert (after["entry"], after["method"], after["status"]) == (1, Method.LINK, Status.APPROVED)

    async def test_a_server_vouches_for_a_click_that_is_doubted_only_later(
        self, pool: asyncpg.Pool, account_id: int
    ) -> None:
        """Else it would depend on which of the two was known first."""
        event = await click(pool, account_id, at_ms=now_ms() - 60_000)
        report = make_report(account_id, click_ids=[event.click_id])
        await convert(pool, report)

        await call_bot(pool, event)
        await follow(pool)
        evidence = await pool.fetchval("SELECT evidence FROM click")
        assert evidence & int(Reason.CONVERSION)
