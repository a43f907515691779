"""Subscriptions over HTTP: as Server-Sent Events (graphql-sse, distinct connections) and in parts (multipart)."""

from typing import Any

import asyncpg
import pytest
import redis.asyncio

from api.http_streams import HEARTBEATS_S
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.graph import Graph
from tests.http_streaming import END, OVER_HTTP, PARTS, SSE, HttpStream, subscribe_over_http
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tests.waiting import eventually
from tracking.events.relay import relay_once, wake_readers

pytestmark = pytest.mark.feature("R13")

CLICKS = "subscription { clicks { __typename ... on ClickRecorded { click { counting } } } }"
JSON = "application/json"


async def count_streams(graph: Graph) -> int:
    return len(graph.app.state.services.streams)


async def wait_for_streams(graph: Graph, count: int) -> None:
    await eventually(lambda: count_streams(graph), lambda found: found == count)


@pytest.mark.parametrize("accept", OVER_HTTP)
class TestStream:
    async def test_a_click_is_told_to_who_listens(
        self, served: ServedGraph, acme: Tenant, accept: str, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        link = await make_link(acme.account, await make_creator(acme.account))
        async with subscribe_over_http(served, accept, acme.key, CLICKS) as stream:
            assert (await stream.receive_event())["__typename"] == "StreamReady"
            await store(pool, make_event(acme.account.id, link_id=link.id))
            async with pool.acquire() as connection, connection.transaction():
                positions = await relay_once(connection)
            await wake_readers(redis_client, positions)

            assert await stream.receive_event() == {"__typename": "ClickRecorded", "click": {"counting": "UNIQUE"}}

    async def test_it_is_closed_here_when_the_client_leaves(
        self, graph: Graph, served: ServedGraph, acme: Tenant, accept: str
    ) -> None:
        async with subscribe_over_http(served, accept, acme.key, CLICKS) as stream:
            await stream.receive_event()
            await wait_for_streams(graph, 1)
            stream.response.close()

            await wait_for_streams(graph, 0)

    async def test_heartbeats_come_while_nothing_happens(
        self, served: ServedGraph, acme: Tenant, accept: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for transport in HEARTBEATS_S:
            monkeypatch.setitem(HEARTBEATS_S, transport, 0.05)
        async with subscribe_over_http(served, accept, acme.key, CLICKS) as stream:
            await stream.receive_event()
            beats = [await stream.read_piece() for _ in range(3)]

        expected = ": ping" if accept == SSE else "\r\nContent-Type: application/json; charset=utf-8\r\n"
        assert [beat is not None and beat.startswith(expected) for beat in beats] == [True] * 3

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("subscription { clicks { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
            ('subscription { clicks(start: {after: "garbage"}) { __typename } }', "BAD_USER_INPUT"),
        ],
    )
    async def test_what_is_wrong_with_an_operation_is_its_only_result(
        self, served: ServedGraph, acme: Tenant, accept: str, query: str, code: str
    ) -> None:
        async with subscribe_over_http(served, accept, acme.key, query) as stream:
            assert stream.response.status == 200
            assert await read_codes(stream) == [code]
            assert await stream.receive() is END

    async def test_without_a_credential_nothing_is_told(self, served: ServedGraph, accept: str) -> None:
        async with subscribe_over_http(served, accept, None, CLICKS) as stream:
            assert await read_codes(stream) == ["UNAUTHENTICATED"]
            assert await stream.receive() is END

    async def test_proxies_are_asked_to_pass_it_on_as_it_comes(
        self, served: ServedGraph, acme: Tenant, accept: str
    ) -> None:
        async with subscribe_over_http(served, accept, acme.key, CLICKS) as stream:
            headers = stream.response.headers

        assert headers["Cache-Control"] == "no-store, no-transform"
        assert headers["X-Accel-Buffering"] == "no"
        assert "Content-Length" not in headers


async def read_codes(stream: HttpStream) -> list[str]:
    message = await stream.receive()
    assert message is not None
    assert "errors" in message, message
    return [error["extensions"]["code"] for error in message["errors"]]


class TestForms:
    async def test_events_begin_with_a_comment_and_have_names(self, served: ServedGraph, acme: Tenant) -> None:
        async with subscribe_over_http(served, SSE, acme.key, CLICKS) as stream:
            assert stream.response.headers["Content-Type"] == SSE
            pieces = [await stream.read_piece() for _ in range(2)]

        assert pieces == [": ready", 'event: next\r\ndata: {"data":{"clicks":{"__typename":"StreamReady"}}}']

    async def test_parts_begin_with_a_boundary_and_hold_a_payload(self, served: ServedGraph, acme: Tenant) -> None:
        async with subscribe_over_http(served, PARTS, acme.key, CLICKS) as stream:
            assert stream.response.content_type == "multipart/mixed"
            pieces = [await stream.read_piece() for _ in range(2)]

        body = '{"payload":{"data":{"clicks":{"__typename":"StreamReady"}}}}'
        headers = f"Content-Type: application/json; charset=utf-8\r\nContent-Length: {len(body)}"
        assert pieces == ["", f"\r\n{headers}\r\n\r\n{body}"]

    async def test_a_query_as_events_is_told_once(self, served: ServedGraph, acme: Tenant) -> None:
        async with subscribe_over_http(served, SSE, acme.key, "{ viewer { account { name } } }") as stream:
            assert await stream.receive() == {"data": {"viewer": {"account": {"name": acme.account.name}}}}
            assert await stream.receive() is END
            assert await stream.receive() is None

    async def test_get_is_served_as_post_is(self, served: ServedGraph, acme: Tenant) -> None:
        headers = {"Accept": SSE, "Authorization": f"Bearer {acme.key}"}
        async with served.session.get(served.address, params={"query": CLICKS}, headers=headers) as response:
            assert (await HttpStream(response).receive_event())["__typename"] == "StreamReady"


class TestRefusals:
    async def test_a_plain_post_is_told_how_to_subscribe(self, served: ServedGraph, acme: Tenant) -> None:
        async with subscribe_over_http(served, JSON, acme.key, CLICKS) as stream:
            (error,) = (await stream.response.json())["errors"]

        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert "text/event-stream" in error["message"]

    @pytest.mark.parametrize(
        ("accept", "query", "status"),
        [
            (PARTS.split(",", maxsplit=1)[0], "{ __typename }", 406),
            ("multipart/mixed", CLICKS, 406),
            ("text/plain", CLICKS, 406),
            (SSE, "", 400),
        ],
    )
    async def test_what_is_no_request_of_a_stream_gets_a_status(
        self, served: ServedGraph, acme: Tenant, accept: str, query: str, status: int
    ) -> None:
        async with subscribe_over_http(served, accept, acme.key, query) as stream:
            answer: dict[str, Any] = await stream.response.json()

        assert (stream.response.status, len(answer["errors"])) == (status, 1)

    async def test_a_mutation_by_get_is_refused_as_ever(self, served: ServedGraph, acme: Tenant) -> None:
        headers = {"Accept": SSE, "Authorization": f"Bearer {acme.key}"}
        query = 'mutation { createCampaign(input: {name: "By GET"}) { __typename } }'
        async with served.session.get(served.address, params={"query": query}, headers=headers) as response:
            assert response.status == 405

    async def test_json_goes_first_for_who_takes_it_too_but_a_subscription_streams(
        self, served: ServedGraph, acme: Tenant
    ) -> None:
        for accept in (f"{JSON}, {SSE}", f"{SSE}, {JSON}"):
            async with subscribe_over_http(served, accept, acme.key, "{ __typename }") as stream:
                assert stream.response.content_type == JSON
            async with subscribe_over_http(served, accept, acme.key, CLICKS) as stream:
                assert stream.response.content_type == SSE
