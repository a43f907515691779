"""uvicorn's HTTP protocol with what it lacks: a cap on the head of a request, and a deadline for it.

Without them one header of 64 MiB stops everybody for seconds, and half a request keeps a connection for ever.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_END: Final = b"\r\n\r\n"


def limit_heads(max_head_bytes: int, deadline_s: float) -> type[HttpToolsProtocol]:
    """A protocol class for uvicorn's `http=`."""
    return type(
        "LimitedHttpToolsProtocol",
        (_LimitedHttpToolsProtocol,),
        {"max_head_bytes": max_head_bytes, "head_deadline_s": deadline_s},
    )


class _LimitedHttpToolsProtocol(HttpToolsProtocol):
    """Overrides no callback of the parser, as each costs every request: a head is complete once it has a cycle."""

    max_head_bytes: int
    head_deadline_s: float

    _head_bytes = 0  # of a head that has begun and is not complete
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # refused already; the rest of it still arrives
        if self._head_bytes + len(data) > self.max_head_bytes and self._is_head_too_large(data):
            self.send_400_response("Request head too large.")
            return
        HttpToolsProtocol.data_received(self, data)  # super() would cost every request
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope:
            if self._deadline is not None:
                self._cancel_deadline()
                self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._deadline is None:
            self._start_deadline()

    def send_400_response(self, msg: str) -> None:
        self._cancel_deadline()
        super().send_400_response(msg)

    def _is_head_too_large(self, data: bytes) -> bool:
        """Bodies may be larger, and so may many small requests in one packet."""
        cycle = self.cycle
        is_in_body = cycle is not None and cycle.scope is self.scope and cycle.more_body
        return not is_in_body and data.find(_HEAD_END, 0, self.max_head_bytes) == -1

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.head_deadline_s, self._expire)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self._head_bytes:
            self.send_400_response("Request head too slow.")
        else:
            self.transport.close()
