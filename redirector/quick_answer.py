"""Answers warm links past uvicorn's tasks and its checks of every header, which take longer than all of our own work.

It knows uvicorn's cycle of request and response from the inside; tests compare its bytes with those of the other way,
so that an upgrade of uvicorn cannot part them unseen. What cannot be answered so is left to uvicorn and ASGI.
"""

from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

Cycle = RequestResponseCycle

REDIRECT_HEADERS: Final = [
    (b"cache-control", b"no-store, private"),
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
]
_LINES: Final = b"".join(b"%b: %b\r\n" % header for header in REDIRECT_HEADERS) + b"\r\n"


class QuickProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which asks `take` first."""

    take: Callable[["QuickProtocol", Cycle], bool]

    def start_task(self, cycle: Cycle, app: Any) -> None:
        """The way of ASGI, in which uvicorn sees to errors and to connections that end."""
        super()._start_asgi_task(cycle, app)

    def _start_asgi_task(self, cycle: Cycle, app: Any) -> None:
        if app is not self.app or not self.take(self, cycle):
            self.start_task(cycle, app)


def is_body_unreadable(headers: dict[bytes, bytes]) -> bool:
    """The parser refuses such a request once it has handed its head on, when a click would be stored already."""
    coding = headers.get(b"transfer-encoding")
    return coding is not None and coding.rpartition(b",")[2].strip().lower() != b"chunked"


Take = Callable[[QuickProtocol, Cycle], bool]
"""Answers in a later turn and says True; or says False, having done nothing."""


def answer_quickly(protocol: type[HttpToolsProtocol], take: Take) -> type[HttpToolsProtocol]:
    """A protocol class for uvicorn's `http=`: that one, but for the requests that are taken."""
    return type(f"Quick{protocol.__name__}", (QuickProtocol, protocol), {"take": staticmethod(take)})


class AnswerStart:
    """The first lines of an answer. Those of uvicorn are another list once a second, when the date changes."""

    def __init__(self, first: bytes, last: bytes) -> None:
        self._first = first
        self._last = last
        self._headers: list[tuple[bytes, bytes]] | None = None
        self._lines = b""

    def write(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        if headers is not self._headers:
            lines = b"".join(b"%b: %b\r\n" % header for header in headers)
            self._lines = self._first + lines + self._last
            self._headers = headers
        return self._lines


_write_start: Final = AnswerStart(b"HTTP/1.1 302 Found\r\n", b"location: ").write


def write_redirect(cycle: Cycle, location: bytes) -> bool:
    """Send the whole answer, or return False with nothing sent; a line break in `location` is for uvicorn to refuse."""
    if b"\n" in location or b"\r" in location:
        return False
    return write_whole(cycle, b"%b%b\r\n%b" % (_write_start(cycle.default_headers), location, _LINES))


def write_whole(cycle: Cycle, answer: bytes) -> bool:
    """Head and body at once, or False with nothing sent, where only uvicorn knows how to go on."""
    if cycle.disconnected or cycle.response_started or not cycle.keep_alive or cycle.flow.write_paused:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(answer)
    cycle.message_event.set()
    cycle.on_response()
    return True
