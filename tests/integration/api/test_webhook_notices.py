"""What an account is told of webhooks that fail, and how its people find out why: the documents of docs/queries."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_campaign
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.webhooks import make_endpoint, make_given_up
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.webhooks.models import DisabledReason, EndpointStatus, WebhookEndpoint

pytestmark = pytest.mark.feature("R13")

NOTICES = "{ viewer { account { notices { kind since text webhook { name } } } } }"


class TestNotices:
    async def test_the_account_learns_what_is_wrong_for_as_long_as_it_is(self, acme: Tenant, other: Tenant) -> None:
        long_ago, just_now = utc_now() - dt.timedelta(hours=2), utc_now()
        await make_endpoint(acme.account, "Fine")
        await make_endpoint(acme.account, "Failing now", failing_since=just_now)
        await make_endpoint(acme.account, "Paused", status=EndpointStatus.PAUSED, failing_since=long_ago)
        await make_endpoint(acme.account, "Failing", failing_since=long_ago)
        gone = {"status": EndpointStatus.DISABLED, "disabled_reason": DisabledReason.GONE, "disabled_at": just_now}
        await make_endpoint(acme.account, "Gone", **gone)
        notices = (await acme.ask(NOTICES))["viewer"]["account"]["notices"]

        assert [(each["kind"], each["webhook"]["name"]) for each in notices] == [
            ("WEBHOOK_DISABLED", "Gone"),
            ("WEBHOOK_FAILING", "Failing"),
        ]
        assert ["410" in each["text"] for each in notices] == [True, False]
        assert [dt.datetime.fromisoformat(each["since"]) for each in notices] == [just_now, long_ago]
        assert (await other.ask(NOTICES))["viewer"]["account"]["notices"] == []

        await WebhookEndpoint.all().update(status=EndpointStatus.ENABLED, failing_since=None)

        assert (await acme.ask(NOTICES))["viewer"]["account"]["notices"] == []

    async def test_whoever_may_read_is_told_without_the_webhook(self, acme: Tenant) -> None:
        await make_endpoint(acme.account, failing_since=utc_now() - dt.timedelta(hours=2))
        key = (await create_api_key(acme.account.id, "reader", [Scope.READ])).token
        [notice] = (await acme.graph.ask(NOTICES, api_key=key))["viewer"]["account"]["notices"]

        assert (notice["kind"], notice["webhook"]) == ("WEBHOOK_FAILING", None)


class TestOwnQueries:
    """The documents of docs/queries, each operation in its turn."""

    async def run(self, tenant: Tenant, document: str, operation: str, **variables: Any) -> dict[str, Any]:
        response = await tenant.graph.client.post(
            "/graphql",
            json={"query": read_query(document), "operationName": operation, "variables": variables},
            headers={"Authorization": f"Bearer {tenant.key}"},
        )
        answer = response.json()
        assert "errors" not in answer, answer
        [told] = answer["data"].values()
        return dict(told)

    async def test_a_webhook_is_made_tried_renewed_and_paused(self, acme: Tenant) -> None:
        campaign = encode_id("Campaign", (await make_campaign(acme.account)).id)
        given = {"url": "https://shop.example/", "campaignId": campaign, "key": "k"}
        made = await self.run(acme, "24", "CreateWebhook", **given)
        webhook_id = made["webhook"]["id"]

        assert (await self.run(acme, "24", "PingWebhook", id=webhook_id))["delivery"]["status"] == "WAITING"
        turned = await self.run(acme, "24", "RotateWebhookSecret", id=webhook_id)
        assert len(turned["webhook"]["secrets"]) == 2
        assert (await self.run(acme, "24", "PauseWebhook", id=webhook_id))["webhook"]["status"] == "PAUSED"

    async def test_a_failure_is_found_and_sent_once_more(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        shop = await make_endpoint(acme.account, failing_since=utc_now() - dt.timedelta(hours=2))
        await make_given_up(pool, shop)
        account = (await self.run(acme, "25", "WhatIsWrong"))["account"]
        webhook_id = account["notices"][0]["webhook"]["id"]
        given = {"id": webhook_id, "status": "GIVEN_UP"}
        [failed] = (await self.run(acme, "25", "FailedDeliveries", **given))["deliveries"]["nodes"]
        once_more = await self.run(acme, "25", "SendItOnceMore", deliveryId=failed["id"])
        given = {"from": (utc_now() - dt.timedelta(days=1)).isoformat(), "to": utc_now().isoformat()}
        replay = await self.run(acme, "25", "SendARangeOnceMore", webhookId=webhook_id, **given)

        assert failed["attempts"][1]["answer"] == "sorry"
        assert once_more["delivery"]["status"] == "WAITING"
        assert replay["replay"]["status"] == "RUNNING"
