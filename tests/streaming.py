"""Subscribes in tests: the app of this process on a real socket, and a client of graphql-transport-ws."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette

from api.main import make_config
from tests.waiting import DEADLINE_S, eventually
from tracking.settings import Settings

PROTOCOL = "graphql-transport-ws"


class Stream:
    """One WebSocket connection. Every wait ends at the deadline of tests."""

    def __init__(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        self._connection = connection

    async def send(self, message: Any) -> None:
        await self._connection.send_json(message)

    async def send_text(self, text: str) -> None:
        await self._connection.send_str(text)

    async def receive(self) -> dict[str, Any]:
        async with asyncio.timeout(DEADLINE_S):  # aiohttp's own begins again with each ping of the server
            message: dict[str, Any] = await self._connection.receive_json()
        return message

    async def receive_close(self) -> int:
        """The code that the server closes with; what it says before is read and dropped."""
        async with asyncio.timeout(DEADLINE_S):
            while not self._connection.closed:
                await self._connection.receive()
        assert self._connection.close_code is not None
        return self._connection.close_code

    async def init(self, api_key: str | None) -> None:
        payload = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        await self.send({"type": "connection_init", "payload": payload})

    async def subscribe(self, query: str, *, operation: str = "1", **variables: object) -> None:
        await self.send({"type": "subscribe", "id": operation, "payload": {"query": query, "variables": variables}})

    async def receive_event(self) -> dict[str, Any]:
        """What the one field of the subscription tells next."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (event,) = message["payload"]["data"].values()
        told: dict[str, Any] = event
        return told


class ServedGraph:
    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session = session
        self.address = address

    @asynccontextmanager
    async def connect(self, **options: Any) -> AsyncIterator[Stream]:
        async with self.session.ws_connect(self.address, protocols=[PROTOCOL], **options) as connection:
            yield Stream(connection)

    @asynccontextmanager
    async def open_stream(self, api_key: str) -> AsyncIterator[Stream]:
        """A connection that the server has acknowledged."""
        async with self.connect() as stream:
            await stream.init(api_key)
            assert await stream.receive() == {"type": "connection_ack"}
            yield stream


@asynccontextmanager
async def serve_graph(app: Starlette, settings: Settings) -> AsyncIterator[ServedGraph]:
    """As `creatrail api` serves it, but for the start and the end of the app, which are the caller's."""
    config = make_config(app, settings)
    config.lifespan = "off"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await eventually(lambda: _has_started(server))
            async with aiohttp.ClientSession() as session:
                yield ServedGraph(session, f"http://127.0.0.1:{port}/graphql")
        finally:
            server.should_exit = True
            await task


async def _has_started(server: uvicorn.Server) -> bool:
    return server.started
