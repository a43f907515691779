"""The secrets of webhooks over the graph: renewed, while those before them go on signing for a while."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.integration.api.conftest import Tenant
from tests.webhooks import CREATE, NEW, WEBHOOK, change, open_secret
from tracking.clock import utc_now
from tracking.settings import Settings
from tracking.webhooks.models import WebhookEndpoint, WebhookSecret
from tracking.webhooks.secrets import find_live_secrets, forget_expired_secrets

pytestmark = pytest.mark.feature("R13")

ROTATE = f"""
    mutation ($input: RotateWebhookSecretInput!) {{
        rotateWebhookSecret(input: $input) {{
            ... on RotateWebhookSecretSuccess {{ secret webhook {{ {WEBHOOK} }} }} ... on UserError {{ code path }}
        }}
    }}
"""
READ = "query ($id: ID!) { webhook(id: $id) { secrets { hint expiresAt } } }"


class TestSecrets:
    async def test_the_old_one_signs_beside_the_new_one_until_the_overlap_is_over(
        self, acme: Tenant, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        made = await change(acme, CREATE, input=NEW)
        row, given = await WebhookEndpoint.get(), {"id": made["webhook"]["id"], "idempotencyKey": "k"}
        turned = await change(acme, ROTATE, input=given)
        again = await change(acme, ROTATE, input=given)
        both = await find_live_secrets(pool, [row.id], settings.secrets_keys)
        [new, old] = turned["webhook"]["secrets"]

        assert again == {**turned, "secret": None}
        assert both == {row.id: [open_secret(turned["secret"]), open_secret(made["secret"])]}
        assert new["expiresAt"] is None
        ends = dt.datetime.fromisoformat(old["expiresAt"]) - utc_now()
        assert dt.timedelta(hours=23) < ends < dt.timedelta(hours=24)

        await WebhookSecret.filter(expires_at__isnull=False).update(expires_at=utc_now())
        await forget_expired_secrets(pool)

        assert await find_live_secrets(pool, [row.id], settings.secrets_keys) == {
            row.id: [open_secret(turned["secret"])]
        }
        assert (await acme.ask(READ, id=made["webhook"]["id"]))["webhook"]["secrets"] == [new]
        assert [len(each.sealed_secret) > 0 for each in await WebhookSecret.all().order_by("id")] == [False, True]

    async def test_without_overlap_the_new_one_signs_alone(
        self, acme: Tenant, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        turned = await change(acme, ROTATE, input={"id": webhook_id, "overlapHours": 0})
        row = await WebhookEndpoint.get()

        assert await find_live_secrets(pool, [row.id], settings.secrets_keys) == {
            row.id: [open_secret(turned["secret"])]
        }
        assert await pool.fetchval("SELECT count(*) FROM webhook_secret WHERE sealed_secret <> ''") == 1

    async def test_another_turn_prolongs_none(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        for hours in (1, 100):
            await change(acme, ROTATE, input={"id": webhook_id, "overlapHours": hours})
        rows = await pool.fetch(
            "SELECT round(extract(epoch FROM expires_at - now()) / 3600)::int FROM webhook_secret ORDER BY id"
        )

        assert [row[0] for row in rows] == [1, 100, None]

    async def test_no_more_than_three_sign_at_once(self, acme: Tenant) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        answers = [await change(acme, ROTATE, input={"id": webhook_id}) for _ in range(3)]

        assert [answer.get("code") for answer in answers] == [None, None, "INVALID_INPUT"]
        assert answers[2]["path"] == ["overlapHours"]
        assert len((await acme.ask(READ, id=webhook_id))["webhook"]["secrets"]) == 3
        assert "secret" in await change(acme, ROTATE, input={"id": webhook_id, "overlapHours": 0})

    async def test_who_rotate_at_once_wait_for_each_other(self, acme: Tenant) -> None:
        webhook_id = (await change(acme, CREATE, input=NEW))["webhook"]["id"]
        answers = await asyncio.gather(*(change(acme, ROTATE, input={"id": webhook_id}) for _ in range(5)))

        assert sorted(answer.get("code", "") for answer in answers) == ["", "", *["INVALID_INPUT"] * 3]
        assert await WebhookSecret.all().count() == 3
