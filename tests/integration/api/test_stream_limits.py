"""How many streams and connections there may be, and what who wants more is told."""

import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.graph import Graph
from tests.http_streaming import END, OVER_HTTP, SSE, subscribe_over_http
from tests.integration.api.conftest import Tenant
from tests.integration.api.test_http_streams import read_codes, wait_for_streams
from tests.streaming import ServedGraph

CLICKS = "subscription { clicks { __typename } }"


def limit_to(graph: Graph, most: int) -> None:
    graph.app.state.services.streams._most = most


async def test_streams_are_counted_for_each_credential_over_all_transports(
    graph: Graph, served: ServedGraph, acme: Tenant, other: Tenant
) -> None:
    limit_to(graph, 2)
    async with (
        served.open_stream(acme.key) as stream,
        subscribe_over_http(served, SSE, acme.key, CLICKS) as first,
    ):
        await first.receive_event()
        await stream.subscribe(CLICKS)
        await stream.receive_event()
        await stream.subscribe(CLICKS, operation="2")
        refused = await stream.receive()
        for accept in OVER_HTTP:
            async with subscribe_over_http(served, accept, acme.key, CLICKS) as more:
                assert await read_codes(more) == ["TOO_MANY_STREAMS"]
                assert await more.receive() is END
        async with subscribe_over_http(served, SSE, other.key, CLICKS) as of_other:
            await of_other.receive_event()

    [error] = refused["payload"]
    assert (refused["type"], error["extensions"]["code"]) == ("error", "TOO_MANY_STREAMS")
    assert "at most 2 open streams" in error["message"]


async def test_a_stream_that_ended_makes_room(graph: Graph, served: ServedGraph, acme: Tenant) -> None:
    limit_to(graph, 1)
    for _ in range(3):
        async with subscribe_over_http(served, SSE, acme.key, CLICKS) as stream:
            await stream.receive_event()
        await wait_for_streams(graph, 0)


async def test_queries_take_no_place_among_streams(graph: Graph, served: ServedGraph, acme: Tenant) -> None:
    limit_to(graph, 1)
    async with subscribe_over_http(served, SSE, acme.key, CLICKS) as stream:
        await stream.receive_event()
        async with served.open_stream(acme.key) as socket:
            await socket.subscribe("{ viewer { account { name } } }")
            assert (await socket.receive_event())["account"]["name"] == acme.account.name


async def test_the_eleventh_operation_of_a_connection_is_told_the_limit(served: ServedGraph, acme: Tenant) -> None:
    async with served.open_stream(acme.key) as stream:
        for number in range(11):
            await stream.subscribe(CLICKS, operation=str(number))
        answers = [await stream.receive() for _ in range(11)]

    [[error]] = [answer["payload"] for answer in answers if answer["type"] == "error"]
    assert error["extensions"]["code"] == "TOO_MANY_STREAMS"
    assert "at most 10 operations" in error["message"]


async def test_a_credential_has_so_many_connections(graph: Graph, served: ServedGraph, acme: Tenant) -> None:
    limit_to(graph, 1)
    async with served.open_stream(acme.key), served.connect() as second:
        await second.init(acme.key)
        assert await second.receive_close() == 1013
    async with served.open_stream(acme.key):
        pass  # there is room again


async def test_strangers_have_so_many_connections_and_none_of_the_others(
    served: ServedGraph, acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.open_streams.MAX_STRANGERS", 2)
    async with served.open_stream(acme.key), served.connect() as first, served.connect():
        async with served.connect() as third:
            assert await third.receive_close() == 1013
        await first.init(acme.key)
        assert await first.receive() == {"type": "connection_ack"}
        async with served.connect() as fourth:
            await fourth.init(acme.key)
            assert await fourth.receive() == {"type": "connection_ack"}


async def test_what_is_answered_for_each_event_is_bounded(served: ServedGraph, acme: Tenant) -> None:
    """A query may ask for it; hundreds of times in a second it would hold up everybody."""
    heavy = "id link { clicks(first: 100) { nodes { link { clicks(first: 10) { nodes { id } } } } } }"
    assert (await acme.ask(f"{{ clicks(first: 1) {{ nodes {{ {heavy} }} }} }}"))["clicks"]["nodes"] == []
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(f"subscription {{ clicks {{ ... on ClickRecorded {{ click {{ {heavy} }} }} }} }}")
        message = await stream.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


async def test_one_account_leaves_links_to_watch_for_others(
    served: ServedGraph, acme: Tenant, other: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.link_stats.subscriptions.MAX_WATCHED", 4)
    query = "subscription ($links: [ID!]!) { linkStats(linkIds: $links) { linkId } }"
    own = [await name_new_link(acme, handle) for handle in ("a", "b", "c")]
    foreign = [await name_new_link(other, "a")]
    async with served.open_stream(acme.key) as stream, served.open_stream(other.key) as of_other:
        await stream.subscribe(query, links=own[:2])
        assert {(await stream.receive_event())["linkId"] for _ in range(2)} == set(own[:2])
        await stream.subscribe(query, operation="2", links=own[2:])
        assert (await stream.receive())["payload"]["errors"][0]["extensions"]["code"] == "TOO_MANY_STREAMS"
        await of_other.subscribe(query, links=foreign)
        assert (await of_other.receive_event())["linkId"] == foreign[0]


async def name_new_link(tenant: Tenant, handle: str) -> str:
    link = await make_link(tenant.account, await make_creator(tenant.account, handle))
    return encode_id("Link", link.id)
