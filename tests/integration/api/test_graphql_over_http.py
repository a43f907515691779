"""The GraphQL-over-HTTP draft, rule by rule. What another test of HTTP covers is not repeated here."""

import json
from typing import Any

import httpx2
import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tracking.campaigns.models import Campaign

JSON = "application/json"
NEWER = "application/graphql-response+json"
TYPES = [JSON, NEWER]
TYPENAME = "{ __typename }"
ANSWER = {"data": {"__typename": "Query"}}
WRONG_FORMS: list[tuple[str, Any]] = [
    (name, value)
    for name, right in {"query": "x", "operationName": "x", "variables": {}, "extensions": {}}.items()
    for value in list[Any]((0, False, [], {}, "x"))
    if type(value) is not type(right)
]
CREATE = 'mutation { createCampaign(input: {name: "By GET"}) { __typename } }'


async def post(graph: Graph, body: object, accept: str = NEWER, content_type: str = JSON) -> httpx2.Response:
    headers = {"Accept": accept, "Content-Type": content_type}
    return await graph.client.post("/graphql", content=json.dumps(body).encode(), headers=headers)


async def get(graph: Graph, accept: str = NEWER, *, key: str | None = None, **parameters: str) -> httpx2.Response:
    headers = {"Accept": accept, **({"Authorization": f"Bearer {key}"} if key else {})}
    return await graph.client.get("/graphql", params=parameters, headers=headers)


def read_code(response: httpx2.Response) -> str:
    (error,) = response.json()["errors"]
    code: str = error["extensions"]["code"]
    return code


class TestMediaTypes:
    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            (JSON, JSON),
            (NEWER, NEWER),
            ("*/*", JSON),
            ("application/*", JSON),
            (f"{NEWER}; charset=utf-8, {JSON}; charset=utf-8", NEWER),
            (f"{JSON}, {NEWER}", NEWER),
            (f"{NEWER};q=0.5, {JSON};q=0.9", JSON),
            (f"{JSON};q=0.5, */*;q=0.1", JSON),
            ("APPLICATION/JSON", JSON),
        ],
    )
    async def test_the_most_welcome_of_two_types_is_answered_in_utf8(
        self, graph: Graph, accept: str, media_type: str
    ) -> None:
        response = await post(graph, {"query": TYPENAME}, accept)

        assert (response.status_code, response.json()) == (200, ANSWER)
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"

    async def test_a_client_that_accepts_nothing_by_name_gets_the_newer_type(self, graph: Graph) -> None:
        request = graph.client.build_request("POST", "/graphql", json={"query": TYPENAME})
        del request.headers["accept"]

        response = await graph.client.send(request)

        assert response.headers["content-type"] == f"{NEWER}; charset=utf-8"

    @pytest.mark.parametrize(
        "accept", ["text/plain", f"{JSON};q=0", f"{NEWER};q=0, {JSON};q=0", "image/*", f"{JSON};q=x"]
    )
    async def test_a_client_that_takes_neither_is_told_so_and_nothing_is_done(
        self, graph: Graph, acme: Tenant, accept: str
    ) -> None:
        headers = {"Accept": accept, "Authorization": f"Bearer {acme.key}"}

        response = await graph.client.post("/graphql", json={"query": CREATE}, headers=headers)

        assert (response.status_code, read_code(response)) == (406, "NOT_ACCEPTABLE")
        assert await Campaign.all().count() == 0

    @pytest.mark.parametrize("content_type", [JSON, f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"'])
    async def test_json_in_utf8_is_read(self, graph: Graph, content_type: str) -> None:
        body = '{"query": "query Ünïcode { __typename }"}'.replace("Ünïcode", "A # ünïcode\\n")

        response = await graph.client.post("/graphql", content=body.encode(), headers={"Content-Type": content_type})

        assert (response.status_code, response.json()) == (200, ANSWER)

    @pytest.mark.parametrize("content_type", ["", "text/json", "application/jsonx", f"{JSON}; charset=utf-16"])
    async def test_anything_else_is_an_unsupported_media_type(self, graph: Graph, content_type: str) -> None:
        response = await post(graph, {"query": TYPENAME}, content_type=content_type)

        assert (response.status_code, read_code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")

    async def test_answers_are_kept_by_no_cache_and_differ_by_what_is_accepted(self, graph: Graph) -> None:
        response = await post(graph, {"query": TYPENAME})

        assert response.headers["cache-control"] == "no-store"
        assert response.headers.get_list("vary") == ["Accept", "Origin"]


@pytest.mark.parametrize("accept", TYPES)
class TestParameters:
    @pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
    async def test_null_is_as_good_as_nothing(self, graph: Graph, accept: str, name: str) -> None:
        response = await post(graph, {"query": TYPENAME, name: None}, accept)

        assert (response.status_code, response.json()) == (200, ANSWER)

    async def test_all_four_are_read(self, graph: Graph, accept: str) -> None:
        query = "query A { __typename } query B ($no: Boolean!) { kind: __typename none: __typename @skip(if: $no) }"
        body = {"query": query, "operationName": "B", "variables": {"no": True}, "extensions": {"a": {"b": 1}}}

        response = await post(graph, body, accept)

        assert (response.status_code, response.json()) == (200, {"data": {"kind": "Query"}})

    @pytest.mark.parametrize(("name", "value"), WRONG_FORMS)
    async def test_one_of_the_wrong_form_is_refused(self, graph: Graph, accept: str, name: str, value: Any) -> None:
        response = await post(graph, {"query": TYPENAME, name: value}, accept)

        assert (response.status_code, read_code(response)) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize("body", [{}, {"qeury": TYPENAME}, {"query": ""}, {"query": None}, [], "x"])
    async def test_without_a_query_it_is_no_request(self, graph: Graph, accept: str, body: object) -> None:
        response = await post(graph, body, accept)

        assert (response.status_code, read_code(response)) == (400, "BAD_REQUEST")

    async def test_an_empty_body_is_no_request(self, graph: Graph, accept: str) -> None:
        headers = {"Accept": accept, "Content-Type": JSON}

        assert (await graph.client.post("/graphql", headers=headers)).status_code == 400


class TestRequestErrors:
    """Nothing was executed: no `data`, 400 in the newer type, 200 in the older one."""

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
            ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "query A { __typename } query B { __typename }"}, "BAD_USER_INPUT"),
            ({"query": "query A { __typename }", "operationName": "C"}, "BAD_USER_INPUT"),
            ({"query": "fragment F on Query { __typename }"}, "BAD_USER_INPUT"),
            ({"query": "query ($id: ID!) { node(id: $id) { id } }"}, "GRAPHQL_VALIDATION_FAILED"),
            ({"query": "query ($n: Int) { links(first: $n) { nodes { id } } }", "variables": {"n": "x"}},
             "GRAPHQL_VALIDATION_FAILED"),
        ],
    )  # fmt: skip
    async def test_each_says_what_is_wrong(self, graph: Graph, body: dict[str, Any], code: str) -> None:
        for accept, status in ((NEWER, 400), (JSON, 200)):
            response = await post(graph, body, accept)

            assert (response.status_code, set(response.json()), read_code(response)) == (status, {"errors"}, code)
            assert response.headers["content-type"] == f"{accept}; charset=utf-8"

    @pytest.mark.parametrize("accept", TYPES)
    async def test_what_fails_while_it_is_executed_is_an_answer(self, graph: Graph, accept: str) -> None:
        response = await post(graph, {"query": "{ viewer { scopes } }"}, accept)

        assert (response.status_code, read_code(response)) == (200, "UNAUTHENTICATED")
        assert response.json()["data"] is None


class TestGet:
    async def test_a_query_is_answered(self, graph: Graph, acme: Tenant) -> None:
        response = await get(graph, key=acme.key, query="{ viewer { account { name } } }")

        assert (response.status_code, response.json()) == (200, {"data": {"viewer": {"account": {"name": "Acme"}}}})

    async def test_variables_and_extensions_are_json_and_empty_ones_are_none(self, graph: Graph) -> None:
        query = "query A { __typename } query B ($no: Boolean!) { kind: __typename none: __typename @skip(if: $no) }"

        whole = await get(graph, query=query, operationName="B", variables='{"no": true}', extensions='{"a": 1}')
        empty = await get(graph, query=TYPENAME, operationName="", variables="", extensions="null")

        assert (whole.json(), empty.json()) == ({"data": {"kind": "Query"}}, ANSWER)

    @pytest.mark.parametrize("parameters", [{}, {"query": ""}, {"query": TYPENAME, "variables": "{"},
                                            {"query": TYPENAME, "variables": "[7]"},
                                            {"query": TYPENAME, "extensions": "1"}])  # fmt: skip
    async def test_what_is_no_request_is_refused(self, graph: Graph, parameters: dict[str, str]) -> None:
        response = await get(graph, **parameters)

        assert (response.status_code, read_code(response)) == (400, "BAD_REQUEST")

    @pytest.mark.parametrize("parameters", [{"query": CREATE},
                                            {"query": f"query A {TYPENAME} {CREATE.replace('mutation', 'mutation B')}",
                                             "operationName": "B"}])  # fmt: skip
    async def test_nothing_is_changed(self, graph: Graph, acme: Tenant, parameters: dict[str, str]) -> None:
        for accept in TYPES:
            response = await get(graph, accept, key=acme.key, **parameters)

            assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert await Campaign.all().count() == 0

    async def test_a_person_gets_the_page_and_a_query_its_answer(self, graph: Graph) -> None:
        browsers = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

        page = await get(graph, browsers)
        answer = await get(graph, browsers, query=TYPENAME)

        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.json() == ANSWER

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
    async def test_no_other_method_is_understood(self, graph: Graph, method: str) -> None:
        response = await graph.client.request(method, "/graphql")

        assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, OPTIONS")
