"""Sending to webhooks once more, over the graph: a delivery, those that were given up, or a range of the log."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from tests.integration.api.conftest import Tenant
from tests.webhooks import change, make_delivery, make_endpoint, make_given_up, make_replay
from tracking.clock import utc_now
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.models import ReplayStatus, WebhookEndpoint, WebhookReplay

pytestmark = pytest.mark.feature("R13")

REPLAY = """
    mutation ($input: ReplayWebhookInput!) {
        replayWebhook(input: $input) {
            ... on ReplayWebhookSuccess {
                delivery { id status attemptCount endedAt webhook { name } } replay { id from to status } reopened
            }
            ... on UserError { code path }
        }
    }
"""
REPLAYS = "query ($id: ID!) { webhook(id: $id) { replays { nodes { id status eventsQueued webhook { name } } } } }"
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


async def log_event(pool: asyncpg.Pool, account_id: int, at: dt.datetime) -> int:
    position: int = await pool.fetchval(
        "INSERT INTO event_log (account_id, kind, ids, created_at, logged_at) VALUES ($1, 1, '{}', $2, $2)"
        " RETURNING position",
        account_id,
        at,
    )
    return position


def ask_for(endpoint: WebhookEndpoint, since: dt.datetime, before: dt.datetime, **more: Any) -> dict[str, Any]:
    logged = {"from": say(since), "to": say(before)}
    return {"events": {"range": {"webhookId": name(endpoint), "logged": logged, **more}}}


class TestReplays:
    @pytest.mark.parametrize("status", STATUSES)
    async def test_a_delivery_is_due_again_and_attempts_go_on_counting(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool, status: DeliveryStatus
    ) -> None:
        delivery_id = await make_delivery(pool, shop, status)
        before = await pool.fetchrow("SELECT webhook_id, body, attempts FROM webhook_delivery")
        await pool.execute("UPDATE webhook_delivery SET step = 9")
        answer = await change(acme, REPLAY, input={"events": {"deliveryId": refer(delivery_id)}})
        row = await pool.fetchrow("SELECT status, step, next_at <= now() AS is_due FROM webhook_delivery")

        attempts = 0 if status is DeliveryStatus.WAITING else 2
        assert answer == {
            "delivery": {
                "id": refer(delivery_id),
                "status": "WAITING",
                "attemptCount": attempts,
                "endedAt": None,
                "webhook": {"name": "Shop"},
            },
            "replay": None,
            "reopened": None,
        }
        assert tuple(row) == (0, 0, True)
        assert await pool.fetchrow("SELECT webhook_id, body, attempts FROM webhook_delivery") == before

    async def test_a_range_lies_between_two_positions_of_the_log(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        start = utc_now() - dt.timedelta(hours=1)
        await pool.execute("ALTER SEQUENCE event_log_position_seq RESTART")
        places = [await log_event(pool, acme.account.id, start + dt.timedelta(minutes=each)) for each in range(4)]
        given = {
            **ask_for(shop, start + dt.timedelta(minutes=1), start + dt.timedelta(minutes=3)),
            "idempotencyKey": "k",
        }
        answer = await change(acme, REPLAY, input=given)
        again = await change(acme, REPLAY, input=given)
        row = await WebhookReplay.get()
        running = await change(acme, REPLAY, input=ask_for(shop, start, utc_now()))

        assert (again, answer["delivery"], answer["reopened"]) == (answer, None, None)
        assert (row.position, row.until_position, row.status) == (places[0], places[2], ReplayStatus.RUNNING)
        assert running == {"code": "INVALID_INPUT", "path": ["events", "range", "webhookId"]}
        await WebhookReplay.all().update(status=ReplayStatus.COMPLETED)
        whole = await change(
            acme, REPLAY, input=ask_for(shop, start - dt.timedelta(days=1), utc_now() + dt.timedelta(days=1))
        )
        newest = await WebhookReplay.all().order_by("-id").first()
        assert newest is not None
        assert (newest.position, newest.until_position) == (places[0] - 1, places[3])
        assert newest.to_at <= utc_now()
        assert whole["replay"]["id"] == encode_id("WebhookReplay", newest.id)

    async def test_what_the_log_has_forgotten_is_refused(
        self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool
    ) -> None:
        kept_since = utc_now() - dt.timedelta(hours=1)
        for _ in range(2):
            await log_event(pool, acme.account.id, kept_since)
        await pool.execute("DELETE FROM event_log WHERE position = (SELECT min(position) FROM event_log)")
        too_old = ask_for(shop, kept_since - dt.timedelta(seconds=1), utc_now())

        assert await change(acme, REPLAY, input=too_old) == {
            "code": "INVALID_INPUT",
            "path": ["events", "range", "logged", "from"],
        }
        assert (await change(acme, REPLAY, input=ask_for(shop, kept_since, utc_now())))["replay"]["status"] == "RUNNING"

    async def test_only_what_failed_is_due_again(self, acme: Tenant, shop: WebhookEndpoint, pool: asyncpg.Pool) -> None:
        _, delivered, given_up, cancelled = [await make_delivery(pool, shop, status) for status in STATUSES]
        await make_given_up(pool, await make_endpoint(acme.account, "Another"))
        old = await make_given_up(pool, shop)
        await pool.execute("UPDATE webhook_delivery SET created_at = now() - interval '2 days' WHERE id = $1", old)
        tried = await make_delivery(pool, shop)
        await pool.execute("UPDATE webhook_delivery SET next_at = now() + interval '9 hours' WHERE status = 0")
        await pool.execute("UPDATE webhook_delivery SET attempts = 3, step = 3 WHERE id = $1", tried)
        day = dt.timedelta(days=1)
        answer = await change(acme, REPLAY, input=ask_for(shop, utc_now() - day, utc_now() + day, onlyFailed=True))

        assert answer == {"delivery": None, "replay": None, "reopened": 2}
        due = await pool.fetch("SELECT id, status, step FROM webhook_delivery WHERE next_at <= now()")
        assert {tuple(row) for row in due} == {(given_up, 0, 0), (tried, 0, 0)}
        ended = await pool.fetch("SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND status > 0", shop.id)
        assert {row["id"] for row in ended} == {delivered, cancelled, old}
        assert await WebhookReplay.all().count() == 0

    async def test_a_range_that_ends_before_it_begins_is_refused(self, acme: Tenant, shop: WebhookEndpoint) -> None:
        answer = await change(acme, REPLAY, input=ask_for(shop, utc_now(), utc_now() - dt.timedelta(days=1)))

        assert answer == {"code": "INVALID_INPUT", "path": ["events", "range", "logged", "to"]}

    async def test_replays_of_a_webhook_are_listed(self, acme: Tenant, shop: WebhookEndpoint) -> None:
        ids = [encode_id("WebhookReplay", (await make_replay(shop)).id) for _ in range(2)]
        listed = (await acme.ask(REPLAYS, id=name(shop)))["webhook"]["replays"]["nodes"]

        assert [each["id"] for each in listed] == ids[::-1]
        assert listed[0] == {"id": ids[1], "status": "RUNNING", "eventsQueued": 0, "webhook": {"name": "Shop"}}
