"""Writes the answer to a warm link past uvicorn's checks of every header, which take as long as all of our own work.

Called by door.py, which answers in ASGI's way where this cannot. It knows uvicorn's cycle of request and response from
the inside; tests compare its bytes with those of the other way, so that an upgrade of uvicorn cannot part them unseen.
"""

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

REDIRECT_HEADERS: Final = [
    (b"cache-control", b"no-store, private"),
    (b"x-robots-tag", b"noindex"),
    (b"content-length", b"0"),
]
_LINES: Final = b"".join(b"%b: %b\r\n" % header for header in REDIRECT_HEADERS)
_SEND: Final = RequestResponseCycle.send


def write_redirect(send: Any, location: bytes) -> bool:
    """Send the whole answer, or return False with nothing sent; a line break in `location` is for uvicorn to refuse."""
    if getattr(send, "__func__", None) is not _SEND or b"\n" in location or b"\r" in location:
        return False
    cycle = send.__self__
    if cycle.disconnected or cycle.response_started or not cycle.keep_alive or cycle.flow.write_paused:
        return False
    lines = [b"HTTP/1.1 302 Found\r\n"]
    for name, value in cycle.default_headers:
        lines += (name, b": ", value, b"\r\n")
    lines += (b"location: ", location, b"\r\n", _LINES, b"\r\n")
    cycle.response_started = cycle.response_complete = True
    cycle.transport.write(b"".join(lines))
    cycle.message_event.set()
    cycle.on_response()
    return True
