"""uvicorn's HTTP protocol with what it lacks: a cap on the head of a request, and a deadline for it.

Without them one header of 64 MiB stops everybody for seconds, and half a request keeps a connection for ever. Each door
brings the protocol, as this package imports no server.
"""

import asyncio
from typing import Any, Final, TypeVar

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)

_HEAD_END: Final = b"\r\n\r\n"


def limit_heads(protocol: type[Protocol], max_head_bytes: int, deadline_s: float) -> type[Protocol]:
    """A protocol class for uvicorn's `http=`: that one, which is uvicorn's over httptools, with limits."""
    limits = {"protocol": protocol, "max_head_bytes": max_head_bytes, "head_deadline_s": deadline_s}
    return type(f"Limited{protocol.__name__}", (_LimitedProtocol, protocol), limits)


class _LimitedProtocol:
    """Overrides no callback of the parser, as each costs every request: a head is complete once it has a cycle."""

    protocol: type[Any]
    max_head_bytes: int
    head_deadline_s: float
    transport: Any
    cycle: Any
    scope: Any
    loop: asyncio.AbstractEventLoop

    _head_bytes = 0  # of a head that has begun and is not complete
    _deadline: asyncio.TimerHandle | None = None
    _has_upgraded = False

    def connection_made(self, transport: Any) -> None:
        self.protocol.connection_made(self, transport)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        self.protocol.connection_lost(self, exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return  # refused already; the rest of it still arrives
        if self._head_bytes + len(data) > self.max_head_bytes and self._is_head_too_large(data):
            self.send_400_response("Request head too large.")
            return
        self.protocol.data_received(self, data)  # super() would cost every request
        cycle = self.cycle
        if cycle is not None and cycle.scope is self.scope:
            if self._deadline is not None:
                self._cancel_deadline()
                self._head_bytes = 0
            return
        if self._has_upgraded:
            return
        self._head_bytes += len(data)
        if self._deadline is None:
            self._start_deadline()

    def handle_websocket_upgrade(self) -> None:
        """The connection is another protocol's from here on."""
        self._cancel_deadline()
        self._has_upgraded = True
        self.protocol.handle_websocket_upgrade(self)

    def send_400_response(self, msg: str) -> None:
        self._cancel_deadline()
        self.protocol.send_400_response(self, msg)

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
