"""What is sent to webhooks over the graph: listed with its attempts, counted, and tried out."""

import datetime as dt
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_brand
from tests.event_schemas import check_body
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tests.webhooks import change, make_delivery, make_endpoint, make_given_up, make_replay
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.settings import Settings
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.models import EndpointStatus, WebhookEndpoint

pytestmark = pytest.mark.feature("R13")

DELIVERIES = """
    query ($id: ID!, $filter: WebhookDeliveryFilter, $first: Int, $after: String) {
        webhook(id: $id) {
            deliveries(filter: $filter, first: $first, after: $after) {
                nodes { id status attempts { number statusCode problem answer } } pageInfo { endCursor hasNextPage }
            }
        }
    }
"""
HEALTH = """
    query ($id: ID!) {
        webhook(id: $id) { health { waiting waitingSince deliveredLast24Hours givenUpLast24Hours } }
    }
"""
EVERYTHING = """
    {
        webhooks(first: 10) {
            nodes {
                secrets { hint }
                health { waiting }
                deliveries(first: 10) { nodes { body attempts { answer } webhook { name } } }
                replays(first: 10) { nodes { webhook { name } } }
                history(first: 10) { nodes { action } }
            }
        }
        viewer { account { notices { webhook { name } } } }
    }
"""
PING = """
    mutation ($input: PingWebhookInput!) {
        pingWebhook(input: $input) {
            ... on PingWebhookSuccess { delivery { id origin status eventTypes eventIds webhookIdHeader body } }
            ... on UserError { code path }
        }
    }
"""
LONG_AGO = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
STATUSES = [DeliveryStatus.WAITING, DeliveryStatus.DELIVERED, DeliveryStatus.GIVEN_UP, DeliveryStatus.CANCELLED]


@pytest.fixture
async def shop(acme: Tenant) -> WebhookEndpoint:
    return await make_endpoint(acme.account)


def name(endpoint: WebhookEndpoint) -> str:
    return encode_id("WebhookEndpoint", endpoint.id)


def refer(delivery_id: UUID) -> str:
    return encode_id("WebhookDelivery", delivery_id)


def say(moment: dt.datetime) -> str:
    return moment.isoformat()


async def list_deliveries(tenant: Tenant, endpoint: WebhookEndpoint, **given: Any) -> list[str]:
    found = await tenant.ask(DELIVERIES, id=name(endpoint), **given)
    return [each["id"] for each in found["webhook"]["deliveries"]["nodes"]]


class TestDeliveries:
    async def test_they_are_told_with_every_attempt(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        failed, waiting = await make_given_up(pool, shop), await make_delivery(pool, shop)
        attempts = [
            {"number": 1, "statusCode": None, "problem": "TIMEOUT", "answer": None},
            {"number": 2, "statusCode": 500, "problem": None, "answer": "sorry"},
        ]

        assert (await acme.ask(DELIVERIES, id=name(shop)))["webhook"]["deliveries"]["nodes"] == [
            {"id": refer(waiting), "status": "WAITING", "attempts": []},
            {"id": refer(failed), "status": "GIVEN_UP", "attempts": attempts},
        ]

    async def test_they_are_filtered_and_paged_the_newest_first(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        ids = {status: refer(await make_delivery(pool, shop, status)) for status in STATUSES}
        link = refer(await make_delivery(pool, shop, event_types=["link.created", "link.archived"]))
        await make_delivery(pool, await make_endpoint(acme.account, "Another"))
        everything = [link, *reversed(ids.values())]
        later, sooner = say(utc_now() + dt.timedelta(hours=1)), say(utc_now() - dt.timedelta(hours=1))

        for status in STATUSES[1:]:
            assert await list_deliveries(acme, shop, filter={"status": status.name}) == [ids[status]]
        assert await list_deliveries(acme, shop, filter={"status": "WAITING"}) == [link, ids[DeliveryStatus.WAITING]]
        assert await list_deliveries(acme, shop, filter={"eventTypes": ["LINK_ARCHIVED", "IMPORT_FINISHED"]}) == [link]
        assert await list_deliveries(acme, shop, filter={"createdFrom": later}) == []
        assert await list_deliveries(acme, shop, filter={"createdBefore": sooner}) == []
        assert await list_deliveries(acme, shop, filter={"createdFrom": sooner, "createdBefore": later}) == everything
        page = (await acme.ask(DELIVERIES, id=name(shop), first=3))["webhook"]["deliveries"]
        rest = await list_deliveries(acme, shop, after=page["pageInfo"]["endCursor"])
        assert ([each["id"] for each in page["nodes"]], rest) == (everything[:3], everything[3:])

    async def test_each_type_of_a_batch_is_named_once(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        of_three = ["click.recorded", "click.reclassified", "click.recorded"]
        delivery_id = await make_delivery(pool, shop, event_types=of_three)
        told = await acme.ask(
            "query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { eventTypes } } }", id=refer(delivery_id)
        )

        assert told["node"]["eventTypes"] == of_three[:2]

    async def test_a_long_body_is_cut_between_two_characters(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        delivery_id = await make_delivery(pool, shop, body=b"x" + "é".encode() * 40_000)
        told = await acme.ask(
            "query ($id: ID!) { node(id: $id) { ... on WebhookDelivery { body } } }", id=refer(delivery_id)
        )

        assert told["node"]["body"] == "x" + "é" * 32_767

    async def test_health_counts_what_is_recent(self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool) -> None:
        for status in [*STATUSES, DeliveryStatus.DELIVERED]:
            await make_delivery(pool, shop, status)
        await pool.execute("UPDATE webhook_delivery SET created_at = now() - interval '25 hours' WHERE status = 2")
        [since] = await pool.fetchrow("SELECT created_at FROM webhook_delivery WHERE status = 0")

        assert (await acme.ask(HEALTH, id=name(shop)))["webhook"]["health"] == {
            "waiting": 1,
            "waitingSince": say(since).replace("+00:00", "Z"),
            "deliveredLast24Hours": 2,
            "givenUpLast24Hours": 0,
        }


class TestPings:
    @pytest.mark.parametrize("status", list(EndpointStatus))
    async def test_one_is_queued_for_now_whatever_the_status(
        self, acme: Tenant, pool: asyncpg.Pool, status: EndpointStatus
    ) -> None:
        endpoint = await make_endpoint(acme.account, status=status)
        delivery = (await change(acme, PING, input={"id": name(endpoint), "idempotencyKey": "k"}))["delivery"]
        again = (await change(acme, PING, input={"id": name(endpoint), "idempotencyKey": "k"}))["delivery"]
        event = json.loads(delivery["body"])
        [row] = await pool.fetch("SELECT next_at <= now() AS is_due, origin, attempts FROM webhook_delivery")

        assert again == delivery
        assert (delivery["origin"], delivery["status"], delivery["eventTypes"]) == ("PING", "WAITING", ["ping"])
        assert delivery["eventIds"] == [delivery["webhookIdHeader"]] == [event["id"]]
        assert event["data"] == {"webhook": {"id": name(endpoint), "name": "Shop"}}
        assert tuple(row) == (True, 2, 0)

    async def test_its_body_is_as_its_schema_says(self, acme: Tenant, shop: WebhookEndpoint) -> None:
        delivery = (await change(acme, PING, input={"id": name(shop)}))["delivery"]

        check_body(delivery["body"].encode())

    async def test_each_is_another(self, acme: Tenant, shop: WebhookEndpoint) -> None:
        ids = {(await change(acme, PING, input={"id": name(shop)}))["delivery"]["id"] for _ in range(3)}

        assert set(await list_deliveries(acme, shop)) == ids
        assert len(ids) == 3

    async def test_ten_may_wait(self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool) -> None:
        answers = [await change(acme, PING, input={"id": name(shop)}) for _ in range(11)]
        await pool.execute("UPDATE webhook_delivery SET status = 1, next_at = NULL, ended_at = now()")
        once_more = await change(acme, PING, input={"id": name(shop)})

        assert ["delivery" in each for each in (*answers, once_more)] == [True] * 10 + [False, True]
        assert answers[10] == {"code": "INVALID_INPUT", "path": ["id"]}


@pytest.mark.feature("R12")
@pytest.mark.usefixtures("answered_once")
async def test_many_webhooks_cost_as_many_statements_as_few(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for slug, count in (("few", 1), ("many", 4)):
                account = await make_brand(slug)
                for number in range(count):
                    endpoint = await make_endpoint(account, f"{number}", failing_since=LONG_AGO)
                    await make_replay(endpoint)
                    for _ in range(count):
                        await make_given_up(pool, endpoint)
                key = (await create_api_key(account.id, "test", [Scope.ADMIN])).token
                statements.clear()
                answer = str(await graph.ask(EVERYTHING, api_key=key))
                asked.append((len(statements), answer.count("'sorry'")))

    (few, few_answers), (many, many_answers) = asked
    assert (few_answers, many_answers) == (1, 16)
    assert few == many
