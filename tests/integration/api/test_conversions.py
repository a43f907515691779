import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.converting import write_conversion
from tests.integration.api.conftest import Tenant
from tracking.clicks.event import ClickEvent
from tracking.clock import utc_now
from tracking.conversions.deciding import REJECTED_BY_HAND
from tracking.conversions.kinds import Method, StandingReason, Status, Trust
from tracking.conversions.receipts import Candidate, CandidateFinding, Receipt, write_receipt
from tracking.links.models import Link

LIST = """
    query (
        $filter: ConversionFilter, $orderBy: ConversionOrder, $first: Int, $after: String, $last: Int, $before: String
    ) {
        conversions(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
            nodes { id txnId }
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""
ONE = """
    query ($id: ID!) { node(id: $id) { ... on Conversion {
        event kind txnId refundId status reason explanation trust source method isCounted
        value { amount amountMinor currency } payout { amount } click { id } link { id } creator { id } clickedAt
        receipt {
            model
            candidates { click { id } clickedAt ageS windowDays method finding explanation }
            firstClick { id } lastClick { id }
        }
        ledger { nodes { cause status value { amount } click { id } } }
        reports { source }
        conflictsWith { id } order { id } corrections { id }
    } } }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "mia"))


async def find_orders(tenant: Tenant, **variables: Any) -> list[str]:
    """The orders of what is listed, which name the conversions of a test."""
    return [node["txnId"] for node in (await tenant.ask(LIST, **variables))["conversions"]["nodes"]]


def write_receipt_of(click: ClickEvent, link: Link) -> str:
    """The receipt of what happened 90 seconds after the only click."""
    at_ms, click_id = int.from_bytes(click.click_id[:6], "big"), str(UUID(bytes=click.click_id))
    chosen = Candidate(click_id, Method.CLICK_ID, CandidateFinding.CHOSEN, at_ms, link.id, 28 * 86_400)
    return write_receipt(Receipt("FIRST_CLICK", at_ms + 90_500, [chosen], click_id, click_id))


class TestConversion:
    @pytest.mark.feature("TR13", "TR16")
    async def test_it_says_whose_it_is_and_why(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        click = make_event(acme.account.id, link_id=link.id, creator_id=link.creator_id)
        [click_id] = (await store(pool, click)).stored
        conversion_id = await write_conversion(
            pool,
            acme.account.id,
            txn_id="A-1",
            method=Method.CLICK_ID,
            click_id=click_id,
            link_id=link.id,
            creator_id=link.creator_id,
            payout_minor=94,
            payout_currency="EUR",
            receipt=write_receipt_of(click, link),
        )

        node = (await acme.ask(ONE, id=encode_id("Conversion", conversion_id)))["node"]

        global_click = {"id": encode_id("Click", click_id)}
        assert (node["event"], node["kind"], node["txnId"], node["refundId"]) == ("sale", "SALE", "A-1", None)
        assert (node["status"], node["reason"], node["method"]) == ("APPROVED", "NONE", "CLICK_ID")
        assert node["explanation"] == "Approved. Credited by the id of its click."
        assert node["value"] == {"amount": "12.50", "amountMinor": 1250, "currency": "EUR"}
        assert node["payout"] == {"amount": "0.94"}
        assert (node["click"], node["link"]) == (global_click, {"id": encode_id("Link", link.id)})
        [shown] = node["receipt"]["candidates"]
        assert (shown["click"], shown["ageS"], shown["windowDays"]) == (global_click, 90, 28)
        assert (shown["finding"], shown["explanation"]) == ("CHOSEN", "It earned the conversion.")
        assert (node["receipt"]["firstClick"], node["receipt"]["lastClick"]) == (global_click, global_click)
        assert node["ledger"]["nodes"] == [
            {"cause": "RECORDED", "status": "APPROVED", "value": {"amount": "12.50"}, "click": global_click}
        ]

    @pytest.mark.feature("TR16")
    async def test_it_shows_its_order_what_takes_back_from_it_and_what_it_conflicts_with(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        account_id = acme.account.id
        sale = await write_conversion(pool, account_id, txn_id="A-1")
        refund = await write_conversion(
            pool, account_id, event="refund", txn_id="A-1", part="R-1", value_minor=-250, is_counted=False
        )
        odd = await write_conversion(
            pool,
            account_id,
            id=uuid4(),
            txn_id="A-1",
            conflicts_with=sale,
            status=Status.CONFLICT,
            reason=StandingReason.OTHER_AMOUNT,
        )
        await write_conversion(pool, account_id, txn_id="A-2")

        nodes = [(await acme.ask(ONE, id=encode_id("Conversion", each)))["node"] for each in (sale, refund, odd)]

        ids = [{"id": encode_id("Conversion", each)} for each in (sale, refund, odd)]
        assert [node["order"] for node in nodes] == [ids] * 3
        assert [node["corrections"] for node in nodes] == [[ids[1]], [], [ids[1]]]
        assert [node["conflictsWith"] for node in nodes] == [None, None, ids[0]]
        assert (nodes[1]["refundId"], nodes[1]["value"]["amount"]) == ("R-1", "-2.50")
        assert nodes[2]["explanation"] == "In conflict: another report of the same key, with another amount, holds."

    async def test_a_click_shows_what_it_earned(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        [first, second] = sorted(
            (await store(pool, *(make_event(acme.account.id, link_id=link.id, visitor=each) for each in (1, 2)))).stored
        )
        conversion_id = await write_conversion(pool, acme.account.id, click_id=first, method=Method.CLICK_ID)

        nodes = (
            await acme.ask(
                "{ clicks(orderBy: {field: OCCURRED_AT, direction: ASC}) { nodes { id conversions { id } } } }"
            )
        )["clicks"]["nodes"]

        assert {node["id"]: node["conversions"] for node in nodes} == {
            encode_id("Click", first): [{"id": encode_id("Conversion", conversion_id)}],
            encode_id("Click", second): [],
        }


class TestList:
    @pytest.fixture
    async def stored(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        """One that is approved, and others that differ from it in what filters ask for."""
        now = utc_now()
        different: dict[str, dict[str, Any]] = {
            "approved": {"link_id": link.id, "creator_id": link.creator_id, "method": Method.LINK},
            "held": {"status": Status.HELD, "reason": StandingReason.UNVERIFIED, "trust": Trust.UNVERIFIED},
            "waiting": {"status": Status.WAITING, "method": Method.CLICK_ID},
            "voided": {"status": Status.VOIDED, "reason": StandingReason.VOIDED},
            "rejected": {"status": Status.REJECTED, "reason": StandingReason.ABOVE_SALE},
            "by hand": {"status": Status.REJECTED, "reason": StandingReason.BY_A_PERSON, "ruling": REJECTED_BY_HAND},
            "demo": {"event": "Demo booked"},
            "lead": {"event": "lead"},
            "old": {"occurred_at": now - dt.timedelta(days=30), "recorded_at": now - dt.timedelta(days=20)},
            "of the offer": {"offer_id": 77},
        }
        for txn_id, columns in different.items():
            await write_conversion(pool, acme.account.id, txn_id=txn_id, **columns)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"isInInbox": True}, {"held", "waiting", "rejected"}),
            ({"statuses": ["VOIDED", "HELD"]}, {"voided", "held"}),
            ({"statuses": ["REJECTED"]}, {"rejected", "by hand"}),
            ({"statuses": []}, set()),
            ({"kinds": ["CUSTOM", "LEAD"]}, {"demo", "lead"}),
            ({"events": [" DEMO booked"]}, {"demo"}),
            ({"txnIds": ["held", "unheard of", "\0"]}, {"held"}),
            ({"methods": ["CLICK_ID", "LINK"]}, {"waiting", "approved"}),
            ({"trusts": ["UNVERIFIED"]}, {"held"}),
            ({"trusts": ["SIGNED"]}, set()),
            ({"isInInbox": True, "trusts": ["TOKEN"]}, {"waiting", "rejected"}),
        ],
    )
    @pytest.mark.usefixtures("stored")
    async def test_a_filter_finds_what_it_names(self, acme: Tenant, wanted: dict[str, Any], found: set[str]) -> None:
        assert set(await find_orders(acme, filter=wanted)) == found

    @pytest.mark.usefixtures("stored")
    async def test_what_is_not_in_the_inbox_is_the_rest(self, acme: Tenant) -> None:
        everything = await find_orders(acme)

        rest = await find_orders(acme, filter={"isInInbox": False})

        assert len(everything) == 10
        assert set(everything) - set(rest) == {"held", "waiting", "rejected"}

    @pytest.mark.usefixtures("stored")
    async def test_it_finds_those_of_a_link_a_creator_and_an_offer(self, acme: Tenant, link: Link) -> None:
        assert await find_orders(acme, filter={"linkIds": [encode_id("Link", link.id)]}) == ["approved"]
        assert await find_orders(acme, filter={"creatorIds": [encode_id("Creator", link.creator_id or 0)]}) == [
            "approved"
        ]
        assert await find_orders(acme, filter={"offerIds": [encode_id("Offer", 77)]}) == ["of the offer"]
        assert await find_orders(acme, filter={"campaignIds": [encode_id("Campaign", 77)]}) == []

    @pytest.mark.usefixtures("stored")
    @pytest.mark.parametrize(("field", "days"), [("occurred", 30), ("recorded", 20)])
    async def test_a_range_holds_its_beginning_and_not_its_end(self, acme: Tenant, field: str, days: int) -> None:
        moment = (await acme.ask('{ conversions(filter: {txnIds: ["old"]}) { nodes { occurredAt recordedAt } } }'))[
            "conversions"
        ]["nodes"][0][f"{field}At"]

        assert await find_orders(acme, filter={f"{field}To": moment}) == []
        later = (utc_now() - dt.timedelta(days=days - 1)).isoformat()
        assert await find_orders(acme, filter={f"{field}From": moment, f"{field}To": later}) == ["old"]


class TestPages:
    @pytest.mark.parametrize("field", ["OCCURRED_AT", "RECORDED_AT"])
    async def test_pages_forwards_and_backwards_hold_the_same(
        self, acme: Tenant, pool: asyncpg.Pool, field: str
    ) -> None:
        moment = utc_now()
        for number in range(7):
            at = moment + dt.timedelta(seconds=number // 2)  # some at one moment, which their ids tell apart
            other = moment - dt.timedelta(seconds=number)
            moments = (at, other) if field == "OCCURRED_AT" else (other, at)
            await write_conversion(
                pool, acme.account.id, txn_id=str(number), occurred_at=moments[0], recorded_at=moments[1]
            )
        order = {"field": field, "direction": "ASC"}
        everything = await find_orders(acme, orderBy=order)
        forwards: list[str] = []
        cursor = None
        for _ in range(3):
            page = (await acme.ask(LIST, orderBy=order, first=3, after=cursor))["conversions"]
            forwards += [node["txnId"] for node in page["nodes"]]
            cursor = page["pageInfo"]["endCursor"]
            await write_conversion(pool, acme.account.id, txn_id=f"new {cursor}", **_before(moment))
        before = (await acme.ask(LIST, orderBy=order, last=3, before=cursor))["conversions"]["nodes"]

        assert [int(each) // 2 for each in everything] == [0, 0, 1, 1, 2, 2, 3]
        assert forwards == everything
        assert [node["txnId"] for node in before] == everything[3:6]
        assert (await find_orders(acme, orderBy={"field": field}))[:7] == everything[::-1]

    async def test_a_cursor_of_another_order_is_refused(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await write_conversion(pool, acme.account.id)
        cursor = (await acme.ask(LIST, first=1))["conversions"]["pageInfo"]["endCursor"]

        assert await acme.refuse(LIST, first=1, after=cursor, orderBy={"field": "RECORDED_AT"}) == "BAD_USER_INPUT"


def _before(moment: dt.datetime) -> dict[str, dt.datetime]:
    """Of a row that arrives while somebody pages, ahead of where they are."""
    earlier = moment - dt.timedelta(days=1)
    return {"occurred_at": earlier, "recorded_at": earlier}
