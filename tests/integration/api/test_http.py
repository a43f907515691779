import json
from collections.abc import AsyncIterator

import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant

VIEWER = "{ viewer { account { name } } }"
JSON = {"content-type": "application/json"}
GRAPHQL_RESPONSE = "application/graphql-response+json"


class TestRequests:
    async def test_the_viewer_is_the_account_of_the_key(self, graph: Graph, acme: Tenant) -> None:
        assert await graph.ask(VIEWER, api_key=acme.key) == {"viewer": {"account": {"name": "Acme"}}}

    @pytest.mark.parametrize(
        "body",
        [b"null", b"1", b'"x"', b"[]", b'[{"query": "{ __typename }"}]', b"{", b"\xff\xfe", b"[" * 30_000, b"{}",
         b'{"query": 5}', b'{"query": "{ __typename }", "variables": []}',
         b'{"query": "{ __typename }", "operationName": {}}', b'{"query": null}'],
    )  # fmt: skip
    async def test_a_body_that_is_no_request_is_refused(self, graph: Graph, body: bytes) -> None:
        assert (await graph.client.post("/graphql", content=body, headers=JSON)).status_code == 400

    async def test_only_json_is_read(self, graph: Graph) -> None:
        """So that no page of another site can ask in a visitor's name without the browser asking us first."""
        for content_type in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
            response = await graph.client.post(
                "/graphql", content=b'{"query": "{ __typename }"}', headers={"content-type": content_type}
            )
            assert response.status_code == 415, content_type

    async def test_a_body_beyond_the_limit_is_refused_however_it_is_sent(self, graph: Graph, acme: Tenant) -> None:
        def write(size: int) -> bytes:
            return json.dumps({"query": "{ __typename }", "variables": {"a": "x" * size}}).encode()

        async def send_in_pieces(body: bytes) -> AsyncIterator[bytes]:
            for start in range(0, len(body), 1_000):
                yield body[start : start + 1_000]

        key = {**JSON, "Authorization": f"Bearer {acme.key}"}
        for size, headers, status in (
            (63 * 1024, JSON, 200),
            (64 * 1024, JSON, 413),
            (64 * 1024, {**JSON, "Authorization": "Bearer ct_forged"}, 413),
            (1023 * 1024, key, 200),
            (1024 * 1024, key, 413),
        ):
            whole = await graph.client.post("/graphql", content=write(size), headers=headers)
            in_pieces = await graph.client.post("/graphql", content=send_in_pieces(write(size)), headers=headers)

            assert (whole.status_code, in_pieces.status_code) == (status, status), size

    async def test_of_two_operations_one_must_be_named(self, graph: Graph, acme: Tenant) -> None:
        query = "query A { viewer { scopes } } query B { viewer { account { name } } }"
        headers = {"Authorization": f"Bearer {acme.key}"}

        assert await graph.refuse(query, api_key=acme.key) == "BAD_USER_INPUT"
        named = await graph.client.post("/graphql", json={"query": query, "operationName": "B"}, headers=headers)
        assert named.json() == {"data": {"viewer": {"account": {"name": "Acme"}}}}

    async def test_a_subscription_by_post_is_refused(self, graph: Graph, acme: Tenant) -> None:
        assert await graph.refuse("subscription { clicks { __typename } }", api_key=acme.key) == "BAD_USER_INPUT"


class TestAnswers:
    async def test_a_client_that_knows_the_newer_media_type_gets_it(self, graph: Graph, acme: Tenant) -> None:
        async def post(query: str) -> tuple[int, str, set[str]]:
            headers = {"Authorization": f"Bearer {acme.key}", "Accept": GRAPHQL_RESPONSE}
            response = await graph.client.post("/graphql", json={"query": query}, headers=headers)
            return response.status_code, response.headers["content-type"].partition(";")[0], set(response.json())

        assert await post(VIEWER) == (200, GRAPHQL_RESPONSE, {"data"})
        assert await post("{ nothing }") == (400, GRAPHQL_RESPONSE, {"errors"})
        assert await post("{") == (400, GRAPHQL_RESPONSE, {"errors"})
        assert await post('query { campaigns(after: "x") { nodes { id } } }') == (
            200,
            GRAPHQL_RESPONSE,
            {"data", "errors"},
        )

    async def test_an_older_client_gets_json_and_200(self, graph: Graph) -> None:
        response = await graph.post("{ nothing }")

        assert (response.status_code, response.headers["content-type"]) == (200, "application/json; charset=utf-8")
        assert set(response.json()) == {"errors"}

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($id: ID!) { node(id: $id) { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ('{ clicks(after: "garbage") { nodes { id } } }', "BAD_USER_INPUT"),
            ("{ clicks(first: 101) { nodes { id } } }", "BAD_USER_INPUT"),
            ("{ links(first: 1000) { nodes { clicks(first: 40) { nodes { id } } } } }", "QUERY_TOO_COMPLEX"),
            ("{ " + "viewer { scopes } " * 1_500 + "}", "GRAPHQL_PARSE_FAILED"),
        ],
    )
    async def test_what_a_client_does_wrong_has_a_code(self, graph: Graph, acme: Tenant, query: str, code: str) -> None:
        assert await graph.refuse(query, api_key=acme.key) == code

    async def test_a_misspelt_field_teaches_nothing_about_the_schema(self, graph: Graph) -> None:
        (error,) = (await graph.post("{ viewr { scopes } }")).json()["errors"]

        assert error["message"] == "Cannot query field 'viewr' on type 'Query'."
