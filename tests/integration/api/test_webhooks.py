"""Webhooks over the graph: made, changed, ended, and their secrets renewed."""

from typing import Any

import asyncpg
import msgspec
import pytest

from api.ids import encode_id
from tests.brand import make_campaign
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.webhooks import CREATE, NEW, WEBHOOK, change, make_delivery, make_endpoint, make_replay, open_secret
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.settings import Settings
from tracking.webhooks.models import DisabledReason, EndpointStatus, WebhookEndpoint, WebhookSecret
from tracking.webhooks.secrets import find_live_secrets
from tracking.webhooks.service import MAX_ENDPOINTS

pytestmark = pytest.mark.feature("R13")

UPDATE = f"""
    mutation ($input: UpdateWebhookInput!) {{
        updateWebhook(input: $input) {{
            ... on UpdateWebhookSuccess {{ webhook {{ {WEBHOOK} }} }} ... on UserError {{ code path }}
        }}
    }}
"""
DELETE = """
    mutation ($id: ID!) {
        deleteWebhook(input: { id: $id }) {
            ... on DeleteWebhookSuccess { deletedId } ... on UserError { code path }
        }
    }
"""
READ = f"query ($id: ID!) {{ webhook(id: $id) {{ {WEBHOOK} }} }}"
LIST = "query ($filter: WebhookEndpointFilter) { webhooks(filter: $filter) { nodes { name } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
EVERYTHING = dict.fromkeys(
    ["linkIds", "campaignIds", "creatorIds", "messageIds", "offerIds", "verdicts", "counting", "statuses"]
)


async def read(tenant: Tenant, webhook_id: str) -> dict[str, Any]:
    webhook: dict[str, Any] = (await tenant.ask(READ, id=webhook_id))["webhook"]
    return webhook


class TestCreating:
    async def test_a_new_one_says_what_it_was_given_and_shows_its_secret_once(
        self, acme: Tenant, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        made = await change(acme, CREATE, input={**NEW, "idempotencyKey": "k"})
        again = await change(acme, CREATE, input={**NEW, "idempotencyKey": "k"})
        webhook, [row] = made["webhook"], await WebhookEndpoint.all()

        assert again == {**made, "secret": None}
        assert (webhook["name"], webhook["url"]) == ("Shop", "https://shop.example/hook")
        assert webhook["eventTypes"] == ["CLICK_RECORDED", "LINK_CREATED"]
        assert (webhook["filter"], webhook["batch"]) == (EVERYTHING, {"maxEvents": 1, "maxWaitSeconds": 0})
        assert webhook["status"] == "ENABLED"
        assert webhook["secrets"] == [{"hint": made["secret"].rstrip("=")[-4:], "expiresAt": None}]
        [entry] = webhook["history"]["nodes"]
        assert (entry["action"], entry["actor"]) == ("CREATED", {"kind": "API_KEY"})
        assert await find_live_secrets(pool, [row.id], settings.secrets_keys) == {row.id: [open_secret(made["secret"])]}
        assert len(open_secret(made["secret"])) == 32

    async def test_the_database_alone_tells_no_secret(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        made = await change(acme, CREATE, input=NEW)
        [sealed] = await pool.fetchrow("SELECT sealed_secret FROM webhook_secret")

        assert open_secret(made["secret"]) not in sealed
        assert made["secret"][6:] not in str(await pool.fetch("SELECT * FROM history_entry, idempotent_request"))

    async def test_only_what_is_logged_later_is_its_own(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        position = await pool.fetchval(
            "INSERT INTO event_log (account_id, kind, ids, created_at) VALUES ($1, 1, '{}', now()) RETURNING position",
            acme.account.id,
        )
        await change(acme, CREATE, input=NEW)

        assert (await WebhookEndpoint.get()).starts_after == position

    async def test_its_filter_is_told_as_it_was_given(self, acme: Tenant) -> None:
        campaign = encode_id("Campaign", (await make_campaign(acme.account)).id)
        wanted = {"campaignIds": [campaign], "verdicts": ["HUMAN"], "counting": ["UNIQUE"], "statuses": ["APPROVED"]}
        batch = {"maxEvents": 100, "maxWaitSeconds": 60}
        made = await change(acme, CREATE, input={**NEW, "filter": wanted, "batch": batch, "status": "PAUSED"})

        assert made["webhook"]["filter"] == {**EVERYTHING, **wanted}
        assert (made["webhook"]["batch"], made["webhook"]["status"]) == (batch, "PAUSED")

    @pytest.mark.parametrize(
        ("given", "code", "path"),
        [
            ({"name": " "}, "INVALID_INPUT", ["name"]),
            ({"url": "http://shop.example/"}, "INVALID_INPUT", ["url"]),
            ({"url": "https://127.0.0.1/"}, "INVALID_INPUT", ["url"]),
            ({"url": "https://acme.localhost/"}, "INVALID_INPUT", ["url"]),
            ({"eventTypes": []}, "INVALID_INPUT", ["eventTypes"]),
            ({"batch": {"maxEvents": 101}}, "INVALID_INPUT", ["batch", "maxEvents"]),
            ({"filter": {"linkIds": []}}, "INVALID_INPUT", ["filter", "linkIds"]),
            ({"filter": {"linkIds": ["none"]}}, "NOT_FOUND", ["filter", "linkIds", "0"]),
            ({"status": "DISABLED"}, "INVALID_INPUT", ["status"]),
            ({"idempotencyKey": ""}, "INVALID_INPUT", ["idempotencyKey"]),
        ],
    )
    async def test_what_breaks_a_rule_is_refused_and_makes_nothing(
        self, acme: Tenant, given: dict[str, Any], code: str, path: list[str]
    ) -> None:
        answer = await change(acme, CREATE, input={**NEW, **given})

        assert (answer["code"], answer["path"]) == (code, path)
        assert (await WebhookEndpoint.all().count(), await WebhookSecret.all().count()) == (0, 0)

    async def test_an_account_has_no_more_than_a_hundred(self, acme: Tenant, other: Tenant) -> None:
        for number in range(MAX_ENDPOINTS):
            await make_endpoint(acme.account, f"Number {number}")
        refused = await change(acme, CREATE, input=NEW)
        [first] = await WebhookEndpoint.all().limit(1)
        await change(acme, DELETE, id=encode_id("WebhookEndpoint", first.id))

        assert refused["code"] == "INVALID_INPUT"
        assert "secret" in await change(acme, CREATE, input=NEW)
        assert "secret" in await change(other, CREATE, input=NEW)


class TestChanging:
    async def test_only_what_is_given_changes_and_history_says_what(self, acme: Tenant) -> None:
        before = (await change(acme, CREATE, input=NEW))["webhook"]
        after = (await change(acme, UPDATE, input={"id": before["id"], "name": "Store"}))["webhook"]

        assert {**after, "history": None} == {**before, "name": "Store", "history": None}
        assert after["history"]["nodes"][0] == {
            "action": "UPDATED",
            "actor": {"kind": "API_KEY"},
            "changes": [{"field": "name", "before": "Shop", "after": "Store"}],
        }

    async def test_every_part_can_be_changed(self, acme: Tenant) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        given = {
            "url": "https://new.example/",
            "eventTypes": ["IMPORT_FINISHED"],
            "filter": {"verdicts": ["BOT"]},
            "batch": {"maxEvents": 2, "maxWaitSeconds": 1},
            "status": "PAUSED",
        }
        changed = (await change(acme, UPDATE, input={"id": webhook_id, **given}))["webhook"]

        assert {name: changed[name] for name in given} == {**given, "filter": {**EVERYTHING, "verdicts": ["BOT"]}}
        assert await read(acme, webhook_id) == changed

    async def test_enabling_forgets_why_it_was_disabled(self, acme: Tenant) -> None:
        now = utc_now()
        row = await make_endpoint(
            acme.account,
            status=EndpointStatus.DISABLED,
            disabled_reason=DisabledReason.FAILING,
            disabled_at=now,
            failing_since=now,
            not_before=now,
        )
        webhook_id = encode_id("WebhookEndpoint", row.id)
        health = ("status", "disabledReason", "disabledAt", "failingSince", "notBefore")
        before = await read(acme, webhook_id)
        renamed = (await change(acme, UPDATE, input={"id": webhook_id, "name": "Store"}))["webhook"]
        after = (await change(acme, UPDATE, input={"id": webhook_id, "status": "ENABLED"}))["webhook"]

        assert before["disabledReason"] == "FAILING"
        assert [renamed[name] for name in health] == [before[name] for name in health]
        assert [after[name] for name in health] == ["ENABLED", None, None, None, None]

    async def test_another_address_is_a_new_start(self, acme: Tenant) -> None:
        row = await make_endpoint(acme.account, failing_since=utc_now(), not_before=utc_now())
        given = {"id": encode_id("WebhookEndpoint", row.id), "url": "https://new.example/"}
        changed = (await change(acme, UPDATE, input=given))["webhook"]

        assert (changed["failingSince"], changed["notBefore"]) == (None, None)

    async def test_who_deletes_one_stops_everything_that_was_to_come(
        self, acme: Tenant, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        row = await WebhookEndpoint.get()
        delivery_id, replay = await make_delivery(pool, row), await make_replay(row)
        ids = [
            webhook_id,
            encode_id("WebhookDelivery", delivery_id),
            encode_id("WebhookReplay", replay.id),
        ]
        there = (await acme.ask(NODES, ids=ids))["nodes"]

        assert await change(acme, DELETE, id=webhook_id) == {"deletedId": webhook_id}
        assert await change(acme, DELETE, id=webhook_id) == {"code": "NOT_FOUND", "path": ["id"]}
        assert [each["__typename"] for each in there] == ["WebhookEndpoint", "WebhookDelivery", "WebhookReplay"]
        assert (await acme.ask(NODES, ids=ids))["nodes"] == [None, None, None]
        assert (await acme.ask(LIST))["webhooks"]["nodes"] == []
        assert tuple(await pool.fetchrow("SELECT status, next_at FROM webhook_delivery")) == (3, None)
        assert await pool.fetchval("SELECT status FROM webhook_replay") == "CANCELLED"
        assert await find_live_secrets(pool, [row.id], settings.secrets_keys) == {}


@pytest.mark.feature("R11")
class TestWhoMay:
    @pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE])
    async def test_whoever_may_not_admin_neither_sees_nor_makes_any(self, acme: Tenant, scope: Scope) -> None:
        key = (await create_api_key(acme.account.id, "lesser", [scope])).token
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]

        assert await acme.graph.refuse(CREATE, api_key=key, input=NEW) == "FORBIDDEN"
        assert await acme.graph.refuse(LIST, api_key=key) == "FORBIDDEN"
        assert await acme.graph.ask(NODES, api_key=key, ids=[webhook_id]) == {"nodes": [None]}
        assert await WebhookEndpoint.all().count() == 1


async def test_an_installation_without_keys_makes_none(acme: Tenant, settings: Settings) -> None:
    async with open_graph(msgspec.structs.replace(settings, secrets_keys=())) as graph:
        answer = (await graph.ask(CREATE, api_key=acme.key, input=NEW))["createWebhook"]

    assert (answer["code"], "SECRETS_KEYS" in answer["message"]) == ("INVALID_INPUT", True)


async def test_they_are_listed_by_status(acme: Tenant) -> None:
    for status in EndpointStatus:
        await make_endpoint(acme.account, status.value.lower(), status=status)

    async def names(**given: Any) -> list[str]:
        return [each["name"] for each in (await acme.ask(LIST, **given))["webhooks"]["nodes"]]

    assert await names() == ["disabled", "paused", "enabled"]
    assert await names(filter={"statuses": ["DISABLED", "ENABLED"]}) == ["disabled", "enabled"]
