"""Asks the graph as a front-end does: over HTTP, and over graphql-transport-ws for subscriptions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.programs import BenchError

SUBSCRIPTION_PROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True)
class GraphClient:
    session: aiohttp.ClientSession
    url: str
    api_key: str

    @property
    def authorization(self) -> str:
        return f"Bearer {self.api_key}"

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        async with self.session.post(self.url, json=body, headers={"Authorization": self.authorization}) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
        if answer.get("errors") or not answer.get("data"):
            raise BenchError(f"the graph refused: {answer}")
        data: dict[str, Any] = answer["data"]
        return data

    async def subscribe(self, query: str) -> AsyncIterator[dict[str, Any]]:
        """The data of each event, until the caller has had enough."""
        async with self.session.ws_connect(self.url, protocols=[SUBSCRIPTION_PROTOCOL]) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"Authorization": self.authorization}})
            async for message in socket:
                told = message.json()
                if told["type"] == "connection_ack":
                    await socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
                elif told["type"] == "ping":
                    await socket.send_json({"type": "pong"})
                elif told["type"] != "next" or told["payload"].get("errors"):
                    raise BenchError(f"the subscription ended: {told}")
                else:
                    yield told["payload"]["data"]


@asynccontextmanager
async def open_graph(port: int, api_key: str) -> AsyncIterator[GraphClient]:
    async with aiohttp.ClientSession() as session:
        yield GraphClient(session, f"http://127.0.0.1:{port}/graphql", api_key)
