import asyncio
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.clicks.tokens import ClickTokens
from tracking.conversions.kinds import Proof, Source, Status, Trust
from tracking.links.models import Link
from tracking.settings import Settings

RECORD = """
    mutation ($input: RecordConversionsInput!) {
        recordConversions(input: $input) {
            ... on RecordConversionsSuccess { items {
                index ok errors { code path }
                node {
                    id txnId status reason trust source method value { amount currency }
                    click { id } link { id } creator { id } corrections { refundId value { amount } }
                }
            } }
            ... on UserError { code path message }
        }
    }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "mia"))


async def record(tenant: Tenant, *conversions: dict[str, Any], key: str | None = None) -> Any:
    given = {"conversions": list(conversions), "idempotencyKey": key}
    return (await tenant.ask(RECORD, input=given))["recordConversions"]


async def click(pool: asyncpg.Pool, settings: Settings, link: Link) -> tuple[str, str]:
    """The id of a click on the graph, and as `ct` brings it to a page."""
    event = make_event(link.account_id, link_id=link.id, creator_id=link.creator_id)
    [click_id] = (await store(pool, event)).stored
    return encode_id("Click", click_id), ClickTokens(settings.click_token_keys).sign(event.click_id).decode()


async def count(pool: asyncpg.Pool) -> int:
    number: int = await pool.fetchval("SELECT count(*) FROM conversion")
    return number


class TestRecording:
    @pytest.mark.feature("TR13", "TR16")
    async def test_a_report_with_a_click_id_is_credited_when_it_is_answered(
        self, acme: Tenant, pool: asyncpg.Pool, settings: Settings, link: Link
    ) -> None:
        click_id, token = await click(pool, settings, link)

        [item] = (await record(acme, {"txnId": "A-1", "revenue": "12.50", "currency": "EUR", "clickIds": [token]}))[
            "items"
        ]

        node = item["node"]
        assert (item["ok"], node["status"], node["method"]) == (True, "APPROVED", "CLICK_ID")
        assert (node["trust"], node["source"]) == (Trust.TOKEN.name, Source.GRAPH.name)
        assert (node["value"], node["click"]["id"]) == ({"amount": "12.50", "currency": "EUR"}, click_id)
        assert (node["link"]["id"], node["creator"]["id"]) == (
            encode_id("Link", link.id),
            encode_id("Creator", link.creator_id or 0),
        )
        proof = await pool.fetchval("SELECT proof FROM conversion")
        assert proof == Proof.API_KEY

    @pytest.mark.feature("TR14")
    async def test_a_report_without_a_click_is_credited_to_its_link(self, acme: Tenant, link: Link) -> None:
        given = {"txnId": "A-1", "revenue": "12.50", "linkId": encode_id("Link", link.id)}

        [item] = (await record(acme, given))["items"]

        assert (item["node"]["status"], item["node"]["method"], item["node"]["click"]) == ("APPROVED", "LINK", None)
        assert item["node"]["value"] == {"amount": "12.50", "currency": acme.account.currency}

    @pytest.mark.feature("TR13", "TR16")
    @pytest.mark.parametrize("key", [None, "import of Monday"])
    async def test_the_same_call_again_adds_nothing(
        self, acme: Tenant, pool: asyncpg.Pool, link: Link, key: str | None
    ) -> None:
        given = [{"txnId": f"A-{each}", "revenue": "1", "linkId": encode_id("Link", link.id)} for each in range(20)]

        answers = await asyncio.gather(*(record(acme, *given, key=key) for _ in range(4)))

        ids = [[item["node"]["id"] for item in answer["items"]] for answer in answers]
        assert ids == [ids[0]] * 4
        assert (len(set(ids[0])), await count(pool)) == (20, 20)

    async def test_a_key_that_came_with_other_input_is_refused(
        self, acme: Tenant, pool: asyncpg.Pool, link: Link
    ) -> None:
        await record(acme, {"txnId": "A-1", "linkId": encode_id("Link", link.id)}, key="one")

        refused = await record(acme, {"txnId": "A-2", "linkId": encode_id("Link", link.id)}, key="one")

        assert (refused["code"], await count(pool)) == ("IDEMPOTENCY_CONFLICT", 1)

    @pytest.mark.feature("TR16")
    async def test_what_is_given_back_in_the_same_call_is_taken_from_its_sale(self, acme: Tenant, link: Link) -> None:
        sale = {"txnId": "A-1", "revenue": "12.50", "currency": "EUR", "linkId": encode_id("Link", link.id)}
        refund = {"event": "Refund", "txnId": "A-1", "refundId": "R-1", "revenue": "2.50", "currency": "EUR"}

        first, second = (await record(acme, refund, sale))["items"]

        assert (first["node"]["status"], first["node"]["value"]["amount"]) == ("APPROVED", "-2.50")
        assert second["node"]["corrections"] == [{"refundId": "R-1", "value": {"amount": "-2.50"}}]

    @pytest.mark.feature("TR13")
    @pytest.mark.usefixtures("answered_once")
    async def test_a_thousand_cost_as_many_statements_as_few(
        self, settings: Settings, acme: Tenant, pool: asyncpg.Pool, link: Link, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counted = []
        with recorded_statements(monkeypatch) as statements:
            async with open_graph(settings) as graph:
                own = Tenant(acme.account, acme.key, graph)
                for number in (1, 2, 1_000):  # the first one notes, once, what the account did for the first time
                    of_link = {"linkId": encode_id("Link", link.id)}
                    given = [{"txnId": f"{number}-{each}", **of_link} for each in range(number)]
                    statements.clear()
                    items = (await record(own, *given))["items"]
                    counted.append((len([item for item in items if item["ok"]]), len(statements)))

        _, (of_two, few), (of_thousand, many) = counted
        assert (of_two, of_thousand, await count(pool)) == (2, 1_000, 1_003)
        assert few == many


class TestRefusals:
    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"revenue": "12.505", "currency": "EUR"}, "revenue"),
            ({"revenue": "1.5", "currency": "JPY"}, "revenue"),
            ({"currency": "ABC"}, "currency"),
            ({"txnId": "x" * 129}, "txnId"),
            ({"txnId": None}, "txnId"),
            ({"event": "x" * 65}, "event"),
            ({"event": "refund"}, "refundId"),
            ({"refundId": "R-1"}, "refundId"),
            ({"clickIds": ["garbage"]}, "clickIds"),
            ({"occurredAt": "2999-01-01T00:00:00Z"}, "occurredAt"),
            ({"coupon": "x" * 65}, "coupon"),
        ],
    )
    async def test_a_wrong_one_says_which_field_and_the_others_are_taken(
        self, acme: Tenant, pool: asyncpg.Pool, wrong: dict[str, Any], field: str
    ) -> None:
        items = (await record(acme, {"txnId": "A-1"}, {"txnId": "A-2", **wrong}, {"txnId": "A-3"}))["items"]

        assert [item["ok"] for item in items] == [True, False, True]
        assert items[1]["errors"] == [{"code": "INVALID_INPUT", "path": ["conversions", "1", field]}]
        assert items[1]["node"] is None
        assert await count(pool) == 2

    async def test_what_is_of_another_account_is_unknown(self, other: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        [item] = (await record(other, {"txnId": "A-1", "linkId": encode_id("Link", link.id)}))["items"]

        assert item["errors"] == [{"code": "NOT_FOUND", "path": ["conversions", "0", "linkId"]}]
        assert await count(pool) == 0

    async def test_the_click_of_another_account_earns_nothing(
        self, other: Tenant, pool: asyncpg.Pool, settings: Settings, link: Link
    ) -> None:
        _, token = await click(pool, settings, link)

        [item] = (await record(other, {"txnId": "A-1", "clickIds": [token]}))["items"]

        assert item["node"]["status"] != Status.APPROVED.name
        assert (item["node"]["click"], item["node"]["link"]) == (None, None)

    @pytest.mark.parametrize("number", [0, 1_001])
    async def test_too_many_or_none_are_refused_as_a_whole(self, acme: Tenant, pool: asyncpg.Pool, number: int) -> None:
        refused = await record(acme, *({"txnId": f"A-{each}"} for each in range(number)))

        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["conversions"])
        assert await count(pool) == 0
