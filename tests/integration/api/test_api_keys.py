from typing import Any

import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.service import create_api_key

KEY = "id name prefix scopes lastUsedAt expiresAt isExpired revokedAt"
CREATE = f"""
    mutation ($input: CreateApiKeyInput!) {{
        createApiKey(input: $input) {{
            __typename
            ... on CreateApiKeySuccess {{ token apiKey {{ {KEY} }} }}
            ... on UserError {{ code path }}
        }}
    }}
"""
REVOKE = f"""
    mutation ($id: ID!) {{
        revokeApiKey(input: {{ id: $id }}) {{
            __typename
            ... on RevokeApiKeySuccess {{
                apiKey {{ {KEY} history {{ nodes {{ action actor {{ apiKeyName }} }} }} }}
            }}
            ... on UserError {{ code path message }}
        }}
    }}
"""
LIST = f"""
    query ($filter: ApiKeyFilter, $order: ApiKeyOrder! = OLDEST_FIRST, $first: Int, $after: String) {{
        apiKeys(filter: $filter, orderBy: $order, first: $first, after: $after) {{
            nodes {{ {KEY} }}
            pageInfo {{ hasNextPage endCursor }}
        }}
    }}
"""
VIEWER = "{ viewer { scopes } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename } }"
CLICKS = "subscription { clicks { __typename } }"


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    wanted = {"name": "ci", "scopes": ["READ"], **given}
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=wanted))["createApiKey"]
    return answer


async def revoke(tenant: Tenant, key_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(REVOKE, id=key_id))["revokeApiKey"]
    return answer


async def list_names(tenant: Tenant, **arguments: Any) -> list[str]:
    return [node["name"] for node in (await tenant.ask(LIST, **arguments))["apiKeys"]["nodes"]]


class TestCreating:
    async def test_a_key_is_shown_and_opens_the_account(self, graph: Graph, acme: Tenant) -> None:
        made = await create(acme, scopes=["WRITE"])

        viewer = (await graph.ask(VIEWER, api_key=made["token"]))["viewer"]
        assert viewer == {"scopes": ["READ", "WRITE"]}
        assert made["token"].startswith(f"ct_live_{made['apiKey']['prefix']}_")
        assert (made["apiKey"]["scopes"], made["apiKey"]["isExpired"]) == (["WRITE"], False)

    async def test_a_repeat_shows_the_key_without_its_token(self, acme: Tenant) -> None:
        first = await create(acme, idempotencyKey="k")
        again = await create(acme, idempotencyKey="k")
        conflict = await create(acme, idempotencyKey="k", name="other")

        assert again == {**first, "token": None}
        assert conflict["code"] == "IDEMPOTENCY_CONFLICT"
        assert await list_names(acme) == ["test", "ci"]

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"name": " "}, ["name"]),
            ({"scopes": []}, ["scopes"]),
            ({"expiresAt": "2020-01-01T00:00:00Z"}, ["expiresAt"]),
        ],
    )
    async def test_what_is_wrong_is_data_and_makes_no_key(
        self, acme: Tenant, given: dict[str, Any], path: list[str]
    ) -> None:
        answer = await create(acme, **given)

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", path)
        assert await ApiKey.all().count() == 1


class TestListing:
    async def test_it_never_tells_what_opens(self, graph: Graph, acme: Tenant) -> None:
        made = await create(acme, expiresAt="2100-01-01T00:00:00Z")

        answer = (await graph.post(LIST, api_key=acme.key)).text

        for token in (made["token"], acme.key):
            assert token.rpartition("_")[2] not in answer

    async def test_last_use_shows(self, graph: Graph, acme: Tenant) -> None:
        made = await create(acme)
        assert made["apiKey"]["lastUsedAt"] is None

        await graph.ask(VIEWER, api_key=made["token"])

        [found] = (await acme.ask(LIST, filter={"prefix": made["apiKey"]["prefix"]}))["apiKeys"]["nodes"]
        assert found["lastUsedAt"] is not None

    async def test_it_has_filters_orders_and_pages(self, acme: Tenant) -> None:
        for name in ("first", "second"):
            await create(acme, name=name)
        ended = await create(acme, name="ended")
        await revoke(acme, ended["apiKey"]["id"])

        page = (await acme.ask(LIST, first=2))["apiKeys"]

        assert await list_names(acme) == ["test", "first", "second", "ended"]
        assert await list_names(acme, order="NEWEST_FIRST") == ["ended", "second", "first", "test"]
        assert await list_names(acme, filter={"isLive": True}) == ["test", "first", "second"]
        assert await list_names(acme, filter={"isLive": False}) == ["ended"]
        assert await list_names(acme, filter={"prefix": ended["apiKey"]["prefix"]}) == ["ended"]
        assert await list_names(acme, filter={"prefix": "\0"}) == []
        assert await list_names(acme, after=page["pageInfo"]["endCursor"]) == ["second", "ended"]

    async def test_whoever_may_not_admin_sees_no_key(self, graph: Graph, acme: Tenant) -> None:
        made = await create(acme, scopes=["WRITE"])

        node = await graph.ask(NODE, api_key=made["token"], id=made["apiKey"]["id"])

        assert node == {"node": None}
        assert await graph.refuse(LIST, api_key=made["token"]) == "FORBIDDEN"


class TestRevoking:
    async def test_the_key_opens_nothing_from_the_next_request_on(self, graph: Graph, acme: Tenant) -> None:
        made = await create(acme)
        await graph.ask(VIEWER, api_key=made["token"])

        answer = await revoke(acme, made["apiKey"]["id"])

        assert await graph.refuse(VIEWER, api_key=made["token"]) == "UNAUTHENTICATED"
        assert answer["apiKey"]["revokedAt"] is not None
        assert answer["apiKey"]["history"]["nodes"] == [
            {"action": "REVOKED", "actor": {"apiKeyName": "test"}},
            {"action": "CREATED", "actor": {"apiKeyName": "test"}},
        ]

    async def test_streams_that_it_had_opened_end(self, served: ServedGraph, acme: Tenant) -> None:
        made = await create(acme)
        async with served.open_stream(made["token"]) as stream:
            await stream.subscribe(CLICKS)
            assert (await stream.receive_event())["__typename"] == "StreamReady"

            await revoke(acme, made["apiKey"]["id"])

            message = await stream.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    async def test_the_last_key_that_may_admin_stays(self, acme: Tenant) -> None:
        [own] = (await acme.ask(LIST))["apiKeys"]["nodes"]

        answer = await revoke(acme, own["id"])

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["id"])
        assert own["prefix"] in answer["message"]
        assert await list_names(acme, filter={"isLive": True}) == ["test"]

    @pytest.mark.feature("R11")
    async def test_a_key_of_another_account_is_an_unknown_one(self, acme: Tenant, other: Tenant) -> None:
        theirs = await create_api_key(other.account.id, "theirs", [Scope.READ])
        [_, listed] = (await other.ask(LIST))["apiKeys"]["nodes"]

        answer = await revoke(acme, listed["id"])

        assert (answer["code"], answer["path"]) == ("NOT_FOUND", ["id"])
        assert await acme.ask(NODE, id=listed["id"]) == {"node": None}
        assert (await ApiKey.get(id=theirs.row.id)).revoked_at is None
