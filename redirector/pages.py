"""Every answer that is not a redirect: plain, short, never kept by a cache, and the same for whatever is not ours."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Page(NamedTuple):
    """Ready to send; messages are shared between answers and never changed."""

    start: Message
    body: Message


_EMPTY_BODY: Final[Message] = {"type": "http.response.body", "body": b""}


def _make_page(status: HTTPStatus, text: str, *headers: tuple[bytes, bytes]) -> Page:
    body = f"{text}\n".encode()
    start = {
        "type": "http.response.start",
        "status": status.value,
        "headers": [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store, private"),
            (b"x-robots-tag", b"noindex"),
            (b"x-content-type-options", b"nosniff"),
            *headers,
        ],
    }
    return Page(start, {"type": "http.response.body", "body": body})


NOT_FOUND: Final = _make_page(HTTPStatus.NOT_FOUND, "There is no link at this address.")
GONE: Final = _make_page(HTTPStatus.GONE, "This link is no longer active.")
UNAVAILABLE: Final = _make_page(
    HTTPStatus.SERVICE_UNAVAILABLE, "This link cannot be looked up right now. Please try again.", (b"retry-after", b"1")
)
RATIONED: Final = _make_page(
    HTTPStatus.TOO_MANY_REQUESTS, "Too many addresses that do not exist. Please slow down.", (b"retry-after", b"60")
)
BAD_REQUEST: Final = _make_page(HTTPStatus.BAD_REQUEST, "A request names exactly one host.")
METHOD_NOT_ALLOWED: Final = _make_page(
    HTTPStatus.METHOD_NOT_ALLOWED, "Links answer GET and HEAD.", (b"allow", b"GET, HEAD")
)
SPECULATION_REFUSED: Final = _make_page(HTTPStatus.SERVICE_UNAVAILABLE, "Not fetched ahead of a click.")
ROBOTS: Final = _make_page(HTTPStatus.OK, "User-agent: *\nDisallow:")


async def send_page(send: Send, page: Page, *, is_head: bool) -> None:
    await send(page.start)
    await send(_EMPTY_BODY if is_head else page.body)
