"""Operations that are told over HTTP as they happen: Server-Sent Events (graphql-sse) and multipart subscriptions.

Nothing is queued here: what tells waits for the socket, so that a client that reads slowly is told slowly.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.streaming import HTTPStreamTransport, MultipartSubscriptionTransport, SSETransport
from strawberry.types import ExecutionResult

from api.open_streams import Ending, OpenStreams, tell_ended
from tracking.clock import uptime_s

SSE: Final = "sse"
MULTIPART: Final = "multipart-subscription"
HEARTBEATS_S: Final = {SSE: 15.0, MULTIPART: 5.0}  # of silence
# Of both, for proxies: neither keep it, nor gather it, nor pack it, which would gather it too.
_HEADERS: Final = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}

Frame = GraphQLHTTPResponse
Write = Callable[[str], Awaitable[None]]


class EventStream(SSETransport):
    """A comment at once, so that clients know that they got through."""

    opening = ": ready\r\n\r\n"


class MultipartStream(MultipartSubscriptionTransport):
    """Strawberry leaves the first boundary out; parsers then take the first heartbeat for a preamble."""

    @property
    def opening(self) -> str:
        return f"\r\n--{self.separator}"


class StreamedResponse(Response):
    """Writes each result as a part of its own until there are no more, or the client leaves, or we must end it."""

    def __init__(
        self,
        results: AsyncGenerator[Frame, None],
        transport: HTTPStreamTransport,
        encode: Callable[[object], str],
        streams: OpenStreams,
    ) -> None:
        super().__init__(headers={**transport.headers, **_HEADERS})
        del self.headers["content-length"]
        self._results = results
        self._transport: Any = transport
        self._encode = encode
        self._streams = streams
        self._spoke_at = uptime_s()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- the protocol's
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        telling = asyncio.create_task(self._tell(send))
        leaving = asyncio.create_task(self._wait_for_leaving(receive))
        beating = asyncio.create_task(self._beat(send))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (telling, leaving, beating):
                task.cancel()
            await asyncio.gather(telling, leaving, beating, return_exceptions=True)
        if not telling.cancelled():
            telling.result()  # a fault of ours is logged where all are

    async def _tell(self, send: Send) -> None:
        await self._write(send, self._transport.opening)
        try:
            async with aclosing(self._results):
                async for result in self._results:
                    await self._write(send, self._transport.encode_next(result, self._encode))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            ending = self._streams.why_ended(task)
            if task is None or ending is None:
                raise
            task.uncancel()
            if ending is Ending.CREDENTIAL_ENDED:
                last: Frame = {"data": None, "errors": [tell_ended().formatted]}
                await self._write(send, self._transport.encode_next(last, self._encode))
        if self._streams.why_ended(asyncio.current_task()) is not Ending.GOING_AWAY:
            await self._write(send, self._transport.encode_complete())  # without it, clients connect again
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _beat(self, send: Send) -> None:
        """So that neither proxies nor clients take silence for a connection that is lost."""
        interval_s = HEARTBEATS_S[self._transport.protocol]
        while True:
            await asyncio.sleep(max(self._spoke_at + interval_s - uptime_s(), 0.0))
            if uptime_s() - self._spoke_at >= interval_s:
                await self._write(send, self._transport.heartbeat_message(self._encode))

    async def _write(self, send: Send, text: str) -> None:
        """Waits while the client does not read what was written before."""
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
        self._spoke_at = uptime_s()

    @staticmethod
    async def _wait_for_leaving(receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass


async def tell_once(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    """What is no subscription has one answer."""
    yield result
