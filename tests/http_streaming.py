"""Subscribes over HTTP in tests: Server-Sent Events, and parts of a multipart answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp

from tests.streaming import ServedGraph
from tests.waiting import DEADLINE_S

SSE: Final = "text/event-stream"
PARTS: Final = "multipart/mixed;subscriptionSpec=1.0,application/json"
OVER_HTTP: Final = (SSE, PARTS)
END: Final[dict[str, Any]] = {"end": True}  # said by the protocol, not only by the connection


class HttpStream:
    """One answer. Every wait ends at the deadline of tests."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self._separator = b"\r\n\r\n" if response.content_type == SSE else b"\r\n--graphql"
        self._buffer = b""

    async def read_piece(self) -> str | None:
        """As it was written: an event, a comment or a part; None once the answer is over."""
        async with asyncio.timeout(DEADLINE_S):
            while self._separator not in self._buffer:
                chunk = await self.response.content.readany()
                if not chunk:
                    return None
                self._buffer += chunk
        piece, _, self._buffer = self._buffer.partition(self._separator)
        return piece.decode()

    async def receive(self) -> dict[str, Any] | None:
        """The next result; END when the protocol says that it was the last; None when the answer just ends."""
        while (piece := await self.read_piece()) is not None:
            if (message := self._read(piece)) is not None:
                return message
        return END if self._buffer.startswith(b"--") else None

    def _read(self, piece: str) -> dict[str, Any] | None:
        message: dict[str, Any]
        if self.response.content_type == SSE:
            if piece.startswith(":"):
                return None
            name, _, data = piece.partition("\r\ndata: ")
            if name == "event: complete":
                return END
            assert name == "event: next", piece
            message = json.loads(data)
            return message
        _, _, body = piece.partition("\r\n\r\n")
        message = json.loads(body or "{}").get("payload")
        return message

    async def receive_event(self) -> dict[str, Any]:
        """What the one field of the subscription tells next."""
        message = await self.receive()
        assert message is not None
        assert "data" in message, message
        assert "errors" not in message, message
        (event,) = message["data"].values()
        told: dict[str, Any] = event
        return told


@asynccontextmanager
async def subscribe_over_http(
    served: ServedGraph,
    accept: str,
    token: str | None,
    query: str,
    *,
    headers: dict[str, str] | None = None,
    **variables: object,
) -> AsyncIterator[HttpStream]:
    given = {"Accept": accept, **({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
    body = {"query": query, "variables": variables}
    async with served.session.post(served.address, json=body, headers=given) as response:
        yield HttpStream(response)
