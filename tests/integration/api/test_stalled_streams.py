"""Clients that do not read: what they cost, and what becomes of them when the api stops."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn

from api.main import ApiServer, make_config
from tests.graph import Graph
from tests.http_streaming import OVER_HTTP, subscribe_over_http
from tests.integration.api.conftest import Tenant
from tests.integration.api.test_http_streams import wait_for_streams
from tests.streaming import ServedGraph
from tests.waiting import DEADLINE_S, eventually
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R13")

# Each event is a message of some 60 kB: a hundred would fill every buffer on the way many times over.
FLOOD = "subscription { clicks { __typename %s } }"


@asynccontextmanager
async def run_api(graph: Graph, settings: Settings) -> AsyncIterator[tuple[uvicorn.Server, ServedGraph]]:
    """As `creatrail api` runs it, its end included."""
    config = make_config(graph.app, settings)
    config.lifespan = "off"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = ApiServer(config, settings)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        await eventually(lambda: _has_started(server))
        async with aiohttp.ClientSession() as session:
            try:
                yield server, ServedGraph(session, f"http://127.0.0.1:{listening.getsockname()[1]}/graphql")
            finally:
                server.should_exit = True
                async with asyncio.timeout(DEADLINE_S):
                    await task


async def _has_started(server: uvicorn.Server) -> bool:
    return server.started


CLICKS = "subscription { clicks { __typename } }"


@pytest.mark.parametrize("accept", OVER_HTTP)
async def test_streams_end_with_the_api_without_saying_that_they_are_complete(
    graph: Graph, settings: Settings, acme: Tenant, accept: str
) -> None:
    async with (
        run_api(graph, settings) as (server, served),
        subscribe_over_http(served, accept, acme.key, CLICKS) as stream,
    ):
        await stream.receive_event()
        server.should_exit = True

        assert await stream.receive() is None


async def test_sockets_are_closed_as_of_a_service_that_restarts(graph: Graph, settings: Settings, acme: Tenant) -> None:
    async with run_api(graph, settings) as (server, served), served.open_stream(acme.key) as stream:
        await stream.subscribe(CLICKS)
        await stream.receive_event()
        server.should_exit = True

        assert await stream.receive_close() == 1012
        await wait_for_streams(graph, 0)
