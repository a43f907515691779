"""How messages did: deliveries, rates, places of the text, and who clicked."""

from collections.abc import Iterable
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.clicking import BOT, DAY_MS
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.messaging import make_contacts
from tests.segmenting import click, convert, send
from tests.statements import recorded_statements
from tracking.clock import now_ms, utc_now
from tracking.contacts.models import Contact
from tracking.messages.models import Delivery, DeliveryStatus, Message
from tracking.offers.models import Offer
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("TR19", "IM14")

RATE = "{ value numerator denominator low high }"
PERFORMANCE = f"""
    query ($id: ID!, $range: DateRange) {{
        node(id: $id) {{
            ... on Message {{
                performance(range: $range) {{
                    sent delivered bounced failed
                    metrics {{ totalClicks countedClicks uniqueClicks }}
                    clickRate {RATE} totalClickRate {RATE} conversionRate {{ numerator denominator }}
                    slots {{ slot metrics {{ totalClicks uniqueClicks }} clickRate {{ value }} }}
                }}
            }}
        }}
    }}
"""
CLICKS = """
    query ($id: ID!, $filter: RecipientClicksFilter, $first: Int, $after: String, $last: Int, $before: String) {
        node(id: $id) {
            ... on Message {
                recipientClicks(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
                    nodes { contact { externalId } delivery firstClickedAt countedClicks totalClicks }
                    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
                }
            }
        }
    }
"""


@pytest.fixture
async def contacts(acme: Tenant) -> list[Contact]:
    return await make_contacts(acme.account, 6)


@pytest.fixture
async def message(acme: Tenant, contacts: list[Contact]) -> Message:
    """For c1 to c6, with two places."""
    for name in ("Bundle", "Gift"):
        await Offer.create(account_id=acme.account.id, name=name, destination_url="https://brand.example/")
    return await send(acme.account, contacts)


async def deliver(message: Message, contacts: Iterable[Contact], status: DeliveryStatus) -> None:
    for contact in contacts:
        await Delivery.create(
            account_id=message.account_id, message_id=message.id, contact_id=contact.id, status=status, at=utc_now()
        )


async def read_performance(tenant: Tenant, message: Message, **given: Any) -> dict[str, Any]:
    answer = await tenant.ask(PERFORMANCE, id=encode_id("Message", message.id), **given)
    found: dict[str, Any] = answer["node"]["performance"]
    return found


async def list_clicks(tenant: Tenant, message: Message, **given: Any) -> dict[str, Any]:
    answer = await tenant.ask(CLICKS, id=encode_id("Message", message.id), **given)
    found: dict[str, Any] = answer["node"]["recipientClicks"]
    return found


def name_contacts(page: dict[str, Any]) -> list[str]:
    return [node["contact"]["externalId"] for node in page["nodes"]]


class TestRates:
    async def test_clicks_by_those_it_was_sent_to(
        self, acme: Tenant, contacts: list[Contact], message: Message, pool: asyncpg.Pool
    ) -> None:
        await deliver(message, contacts[:3], DeliveryStatus.DELIVERED)
        await deliver(message, contacts[3:4], DeliveryStatus.BOUNCED)
        await deliver(message, contacts[4:5], DeliveryStatus.SENT)
        await deliver(message, contacts[5:], DeliveryStatus.FAILED)
        for slot in (1, 2, 2):
            await click(pool, message, contacts[0], slot=slot)
        await click(pool, message, contacts[1], slot=2)
        for _ in range(6):
            await click(pool, message, contacts[2], user_agent=BOT)
        await convert(pool, message, contacts[0])
        await fold_all(pool)

        told = await read_performance(acme, message)

        assert [int(told[name]) for name in ("sent", "delivered", "bounced", "failed")] == [5, 3, 1, 1]
        assert told["metrics"] == {"totalClicks": 10, "countedClicks": 4, "uniqueClicks": 2}
        assert (told["clickRate"]["value"], told["totalClickRate"]["value"]) == (0.4, 2.0)
        assert told["clickRate"]["low"] == pytest.approx(0.1176, abs=1e-4)  # Wilson, 2 of 5
        assert told["clickRate"]["high"] == pytest.approx(0.7693, abs=1e-4)
        assert told["slots"] == [
            {"slot": 1, "metrics": {"totalClicks": 7, "uniqueClicks": 1}, "clickRate": {"value": 0.2}},
            {"slot": 2, "metrics": {"totalClicks": 3, "uniqueClicks": 1}, "clickRate": {"value": 0.2}},
        ]

    async def test_what_was_never_told_is_not_zero(self, acme: Tenant, message: Message) -> None:
        told = await read_performance(acme, message)

        assert [told[name] for name in ("sent", "delivered", "bounced", "failed", "clickRate", "totalClickRate")] == (
            [None] * 6
        )
        assert told["metrics"] == {"totalClicks": 0, "countedClicks": 0, "uniqueClicks": 0}

    async def test_a_range_is_of_clicks_and_not_of_deliveries(
        self, acme: Tenant, contacts: list[Contact], message: Message, pool: asyncpg.Pool
    ) -> None:
        await deliver(message, contacts, DeliveryStatus.SENT)
        await click(pool, message, contacts[0], at_ms=now_ms() - 3 * DAY_MS)
        await click(pool, message, contacts[1])
        await fold_all(pool)

        told = await read_performance(acme, message, range={"preset": "TODAY"})

        assert (int(told["sent"]), told["metrics"]["uniqueClicks"]) == (6, 1)


class TestWhoClicked:
    async def test_who_when_first_and_how_often(
        self, acme: Tenant, contacts: list[Contact], message: Message, pool: asyncpg.Pool
    ) -> None:
        """The second time of the first, once; a program's click is no click of the third."""
        await deliver(message, contacts[:2], DeliveryStatus.DELIVERED)
        await click(pool, message, contacts[1], at_ms=1_774_747_802_000, slot=2)
        await click(pool, message, contacts[1], at_ms=1_774_747_801_500)
        await click(pool, message, contacts[2], user_agent=BOT)

        nodes = (await list_clicks(acme, message))["nodes"]

        assert nodes[1] == {
            "contact": {"externalId": "c2"},
            "delivery": "DELIVERED",
            "firstClickedAt": "2026-03-29T01:30:01.500000Z",
            "countedClicks": 2,
            "totalClicks": 2,
        }
        assert nodes[2] == {
            "contact": {"externalId": "c3"},
            "delivery": None,
            "firstClickedAt": None,
            "countedClicks": 0,
            "totalClicks": 1,
        }
        assert len(nodes) == 6

    @pytest.mark.parametrize(
        ("has_clicked", "expected"),
        [(None, ["c1", "c2", "c3", "c4", "c5", "c6"]), (True, ["c1", "c4", "c5"]), (False, ["c2", "c3", "c6"])],
    )
    async def test_pages_in_both_directions(
        self,
        acme: Tenant,
        contacts: list[Contact],
        message: Message,
        pool: asyncpg.Pool,
        *,
        has_clicked: bool | None,
        expected: list[str],
    ) -> None:
        for place in (4, 3, 0):
            await click(pool, message, contacts[place])
        asked = {"filter": {"hasClicked": has_clicked}}

        first = await list_clicks(acme, message, first=2, **asked)
        rest = await list_clicks(acme, message, first=9, after=first["pageInfo"]["endCursor"], **asked)
        last = await list_clicks(acme, message, last=2, **asked)
        back = await list_clicks(acme, message, last=9, before=last["pageInfo"]["startCursor"], **asked)

        assert name_contacts(first) + name_contacts(rest) == expected
        assert name_contacts(back) + name_contacts(last) == expected
        assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
        assert (last["pageInfo"]["hasPreviousPage"], back["pageInfo"]["hasPreviousPage"]) == (True, False)

    async def test_who_was_erased_or_is_no_contact_any_more_is_left_out(
        self, acme: Tenant, contacts: list[Contact], message: Message, pool: asyncpg.Pool
    ) -> None:
        for place in (0, 1, 2):
            await click(pool, message, contacts[place])
        await pool.execute("DELETE FROM contact WHERE id = $1", contacts[1].id)
        await pool.execute("UPDATE unique_click SET visitor_key = '\\xf0' || substr(visitor_key, 2) WHERE"
                           " visitor_key = int8send(0) || int8send($1)", contacts[2].id)  # fmt: skip

        page = await list_clicks(acme, message, filter={"hasClicked": True})

        assert name_contacts(page) == ["c1"]

    @pytest.mark.usefixtures("answered_once")
    async def test_many_take_as_many_statements_as_one(
        self, acme: Tenant, message: Message, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        costs: list[int] = []
        with recorded_statements(monkeypatch) as statements:
            async with open_graph(settings) as graph:
                for count in (1, 1, 6):
                    statements.clear()
                    page = await list_clicks(Tenant(acme.account, acme.key, graph), message, first=count)
                    assert len(page["nodes"]) == count
                    costs.append(len(statements))

        assert costs[1] == costs[2] > 0
