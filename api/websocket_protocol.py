"""WebSockets below GraphQL: what a peer sends is read in small pieces, whatever it is, so that nobody waits for it."""

from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

PIECE_BYTES: Final = 1_024  # at most 170 frames, each of which costs a tenth of a millisecond
MAX_PARTS: Final = 1_000  # of one message; empty ones cost no bytes of its allowance


class PatientWebSocket(WebSocketsSansIOProtocol):
    """Between two pieces others have their turn. Nothing is read while pieces, or messages, are waiting."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unread = bytearray()
        self._is_due = False
        self._is_holding = False

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._is_due:
            self._read_on()

    async def receive(self) -> ASGIReceiveEvent:
        message = await super().receive()
        self._hold_or_go_on()
        return message

    def handle_ping(self) -> None:
        """Who does not take what there is gets no answers to pings either: they would be kept, however many."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MAX_PARTS:
            self.transport.abort()
        else:
            super().handle_cont(event)

    def _read_on(self) -> None:
        self._is_due = False
        if self.transport.is_closing():
            self._unread.clear()
            return
        piece = bytes(self._unread[:PIECE_BYTES])
        del self._unread[:PIECE_BYTES]
        super().data_received(piece)
        self._hold_or_go_on()

    def _hold_or_go_on(self) -> None:
        """`read_paused` is uvicorn's: messages are waiting for the app."""
        if self.transport.is_closing():
            return
        if self._unread:
            self.transport.pause_reading()
            self._is_holding = True
            if not self.read_paused and not self._is_due:
                self._is_due = True
                self.loop.call_soon(self._read_on)
        elif self._is_holding and not self.read_paused:
            self._is_holding = False
            self.transport.resume_reading()
