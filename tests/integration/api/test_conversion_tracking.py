"""The snippets of an account on the graph: their keys, where they may run, and whether an installation works."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.converting import write_conversion
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain

pytestmark = pytest.mark.feature("LO14")

KEY = "id key revokedAt history { nodes { action } }"
CREATE = f"""
    mutation ($input: CreateSnippetKeyInput!) {{ createSnippetKey(input: $input) {{
        ... on CreateSnippetKeySuccess {{ snippetKey {{ {KEY} }} }} ... on UserError {{ code message }}
    }} }}
"""
REVOKE = f"""
    mutation ($id: ID!) {{ revokeSnippetKey(input: {{ id: $id }}) {{
        ... on RevokeSnippetKeySuccess {{ snippetKey {{ {KEY} }} }} ... on UserError {{ code path }}
    }} }}
"""
UPDATE = """
    mutation ($origins: [String!]!) { updateConversionTracking(input: { snippetOrigins: $origins }) {
        ... on UpdateConversionTrackingSuccess { conversionTracking { snippetOrigins } } ... on UserError { code path }
    } }
"""
TRACKING = """
    { viewer { account { conversionTracking {
        configuredSince keys { key } snippetOrigins landingSnippet confirmationSnippet snippetVersion
        checks { name state text at hosts share }
    } } } }
"""
NODE = "query ($id: ID!) { node(id: $id) { ... on SnippetKey { key } } }"


async def change(tenant: Tenant, mutation: str, **variables: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, **variables)).values()
    return dict(answer)


async def read_tracking(tenant: Tenant) -> dict[str, Any]:
    return dict((await tenant.ask(TRACKING))["viewer"]["account"]["conversionTracking"])


async def read_states(tenant: Tenant) -> dict[str, str]:
    return {check["name"]: check["state"] for check in (await read_tracking(tenant))["checks"]}


async def report(pool: asyncpg.Pool, conversion_id: UUID, currency: str | None) -> None:
    """That a conversion was reported with a value, and with or without its currency."""
    await pool.execute(
        "INSERT INTO conversion_report (conversion_id, digest, source, proof, revenue, currency, received_at,"
        " click_ids, visitor_keys) VALUES ($1, '', 1, 0, 12.50, $2, now(), '{}', '{}')",
        conversion_id,
        currency,
    )


async def create_key(tenant: Tenant, idempotency_key: str | None = None) -> dict[str, Any]:
    made = await change(tenant, CREATE, input={"idempotencyKey": idempotency_key})
    return dict(made["snippetKey"])


class TestKeys:
    async def test_before_there_is_one_there_is_no_snippet_and_nothing_is_configured(self, acme: Tenant) -> None:
        tracking = await read_tracking(acme)

        assert (tracking["configuredSince"], tracking["keys"]) == (None, [])
        assert (tracking["landingSnippet"], tracking["confirmationSnippet"]) == (None, None)
        assert (await read_states(acme))["SNIPPET"] == "MISSING"

    async def test_one_is_in_both_snippets_and_can_be_looked_up_again(self, acme: Tenant, other: Tenant) -> None:
        made = await create_key(acme, "k")
        again = await create_key(acme, "k")
        tracking = await read_tracking(acme)

        assert again == made
        assert (await acme.ask(NODE, id=made["id"]))["node"] == {"key": made["key"]}
        assert (await other.ask(NODE, id=made["id"]))["node"] is None
        assert tracking["keys"] == [{"key": made["key"]}]
        assert tracking["configuredSince"] is not None
        host = (await TrackingDomain.get(account_id=acme.account.id)).host
        script = f'<script async src="http://{host}/js/v1/creatrail.js" data-key="{made["key"]}"></script>'
        assert tracking["landingSnippet"] == script
        assert tracking["confirmationSnippet"].endswith(script.replace("creatrail.js", "convert.js"))
        assert tracking["snippetVersion"].startswith("1-")

    async def test_a_second_one_is_what_snippets_have_from_then_on(self, acme: Tenant) -> None:
        first, second = await create_key(acme), await create_key(acme)
        refused = await change(acme, CREATE, input={})

        assert refused["code"] == "INVALID_INPUT"
        assert second["key"] in (await read_tracking(acme))["landingSnippet"]

        revoked = await change(acme, REVOKE, id=first["id"])

        assert revoked["snippetKey"]["revokedAt"] is not None
        assert [entry["action"] for entry in revoked["snippetKey"]["history"]["nodes"]] == ["REVOKED", "CREATED"]
        assert (await read_tracking(acme))["keys"] == [{"key": second["key"]}]

    async def test_nobody_ends_the_key_of_another_account(self, acme: Tenant, other: Tenant) -> None:
        made = await create_key(acme)

        assert await change(other, REVOKE, id=made["id"]) == {"code": "NOT_FOUND", "path": ["id"]}
        assert len((await read_tracking(acme))["keys"]) == 1

    @pytest.mark.parametrize("mutation", [CREATE, REVOKE, UPDATE])
    async def test_whoever_may_only_write_changes_nothing(self, acme: Tenant, mutation: str) -> None:
        writer = await create_api_key(acme.account.id, "writer", [Scope.WRITE])

        refused = await acme.graph.refuse(mutation, api_key=writer.token, input={}, id="x", origins=[])

        assert refused == "FORBIDDEN"


async def test_origins_are_set_all_at_once(acme: Tenant) -> None:
    origins = ["https://shop.example", "http://localhost:5173"]

    updated = await change(acme, UPDATE, origins=origins)
    refused = await change(acme, UPDATE, origins=["shop.example"])

    assert updated == {"conversionTracking": {"snippetOrigins": origins}}
    assert refused == {"code": "INVALID_INPUT", "path": ["snippetOrigins", "0"]}
    assert (await read_tracking(acme))["snippetOrigins"] == origins


class TestChecks:
    async def test_they_follow_what_pages_and_orders_show(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await create_key(acme)
        now = utc_now()
        await pool.executemany(
            "INSERT INTO snippet_sighting (account_id, page_host, seen_at, click_seen_at) VALUES ($1, $2, $3, $4)",
            [
                (acme.account.id, "shop.example", now, now - dt.timedelta(hours=1)),
                (acme.account.id, "blog.example", now - dt.timedelta(days=1), None),
            ],
        )
        await report(pool, await write_conversion(pool, acme.account.id), "EUR")
        await report(pool, await write_conversion(pool, acme.account.id, order_key="c:1"), None)
        await report(pool, await write_conversion(pool, acme.account.id, event="refund", part="r1"), "EUR")

        checks = {check["name"]: check for check in (await read_tracking(acme))["checks"]}

        assert {name: check["state"] for name, check in checks.items()} == {
            "DOMAIN": "OK",
            "SNIPPET": "OK",
            "CLICK_ID": "OK",
            "CONVERSION": "OK",
            "TXN_ID": "WARNING",
            "CURRENCY": "WARNING",
        }
        assert checks["SNIPPET"]["hosts"] == ["shop.example", "blog.example"]
        assert checks["CLICK_ID"]["hosts"] == ["shop.example"]
        assert (checks["TXN_ID"]["share"], checks["CURRENCY"]["share"]) == (0.5, 0.5)

    async def test_what_another_account_has_is_not_seen(self, acme: Tenant, other: Tenant, pool: asyncpg.Pool) -> None:
        await create_key(other)
        await pool.execute(
            "INSERT INTO snippet_sighting (account_id, page_host, seen_at) VALUES ($1, 'x.example', now())",
            acme.account.id,
        )
        await write_conversion(pool, acme.account.id)

        states = await read_states(other)

        assert (states["SNIPPET"], states["CONVERSION"]) == ("MISSING", "MISSING")

    async def test_reports_of_long_ago_are_in_no_share(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        before = utc_now() - dt.timedelta(days=31)
        await write_conversion(pool, acme.account.id, order_key="c:1", recorded_at=before)

        states = await read_states(acme)

        assert (states["CONVERSION"], states["TXN_ID"]) == ("WARNING", "UNKNOWN")
