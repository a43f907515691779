"""Clients that do not read: what they cost, and what becomes of them when the api stops."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn

from api.events.types import StreamReady
from api.main import ApiServer, bound_what_is_unread, make_config
from tests.graph import Graph
from tests.http_streaming import OVER_HTTP, subscribe_over_http
from tests.integration.api.conftest import Tenant
from tests.integration.api.test_http_streams import wait_for_streams
from tests.streaming import PROTOCOL, ServedGraph
from tests.waiting import DEADLINE_S, eventually
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R13")

FLOOD = "subscription { clicks { ... on StreamReady { cursor } } }"
HANDSHAKE = b"""GET /graphql HTTP/1.1
Host: api
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Protocol: graphql-transport-ws

"""


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


class Deaf:
    """A client that asks and then reads nothing, with as small a buffer as the kernel gives."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.setblocking(False)
        self._address = ("127.0.0.1", int(address.rsplit(":", maxsplit=1)[1].split("/", maxsplit=1)[0]))

    async def connect(self, key: str, transport: str) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._socket, self._address)
        if transport == PROTOCOL:
            await loop.sock_sendall(self._socket, HANDSHAKE.replace(b"\n", b"\r\n"))
            await loop.sock_recv(self._socket, 4096)  # the last that it reads
            init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}}
            await self._send_frame(json.dumps(init))
            await self._send_frame(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": FLOOD}}))
        else:
            body = json.dumps({"query": FLOOD}).encode()
            head = f"POST /graphql HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {key}\r\nAccept: {transport}\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            await loop.sock_sendall(self._socket, head.encode() + body)

    async def _send_frame(self, text: str) -> None:
        """Masked with zeros, which leaves the text as it is."""
        data = text.encode()
        head = b"\x81" + bytes([0x80 | 126]) + len(data).to_bytes(2, "big") + bytes(4)
        await asyncio.get_running_loop().sock_sendall(self._socket, head + data)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def flood(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has one number for each message that was asked for; each message has some 50 kB."""
    told: list[int] = []

    async def tell(*_args: object, **_kwargs: object) -> AsyncGenerator[StreamReady, None]:
        while True:
            told.append(len(told))
            yield StreamReady(cursor="x" * 50_000)
            await asyncio.sleep(0)

    monkeypatch.setattr("api.clicks.subscriptions.stream_events", tell)
    return told


async def wait_until_nothing_more_is_asked_for(told: list[int]) -> int:
    before, quiet = -1, 0
    async with asyncio.timeout(DEADLINE_S):
        while quiet < 10:
            quiet = quiet + 1 if len(told) == before and told else 0
            before = len(told)
            await asyncio.sleep(0.05)
    return len(told)


@pytest.mark.parametrize("transport", [PROTOCOL, *OVER_HTTP])
async def test_who_reads_nothing_is_told_no_more_than_buffers_hold_and_is_cut_off(
    graph: Graph, settings: Settings, acme: Tenant, transport: str, flood: list[int]
) -> None:
    """The stream could tell for ever: it is asked for what fits into sockets, some megabytes, and then it waits."""
    async with run_api(graph, settings) as (server, served):
        bound_what_is_unread(server, after_s=2)
        deaf = Deaf(served.address)
        try:
            await deaf.connect(acme.key, transport)
            assert await wait_until_nothing_more_is_asked_for(flood) * 50_000 < 16 * 1024**2
            await wait_for_streams(graph, 0)
        finally:
            deaf.close()
