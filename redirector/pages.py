"""Every answer that needs no hurry: plain, short, the same for whatever is not ours; kept by no cache, but pictures."""

import base64
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple

from redirector.quick_answer import REDIRECT_HEADERS

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


class Page(NamedTuple):
    """Ready to send; messages are shared between answers and never changed."""

    start: Message
    body: Message


_EMPTY_BODY: Final[Message] = {"type": "http.response.body", "body": b""}


def make_page(
    status: HTTPStatus,
    text: str | bytes,
    *headers: tuple[bytes, bytes],
    media_type: bytes = b"text/plain; charset=utf-8",
    cache_control: bytes = b"no-store, private",
) -> Page:
    body = f"{text}\n".encode() if isinstance(text, str) else text
    start = {
        "type": "http.response.start",
        "status": status.value,
        "headers": [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", cache_control),
            (b"x-robots-tag", b"noindex"),
            (b"x-content-type-options", b"nosniff"),
            *headers,
        ],
    }
    return Page(start, {"type": "http.response.body", "body": body})


def make_redirect(status: int, location: bytes) -> Page:
    headers = [(b"location", location), *REDIRECT_HEADERS]
    return Page({"type": "http.response.start", "status": status, "headers": headers}, _EMPTY_BODY)


NOT_FOUND_TEXT: Final = "There is no link at this address."
GONE_TEXT: Final = "This link is no longer active."
NOT_FOUND: Final = make_page(HTTPStatus.NOT_FOUND, NOT_FOUND_TEXT)
GONE: Final = make_page(HTTPStatus.GONE, GONE_TEXT)
UNAVAILABLE: Final = make_page(
    HTTPStatus.SERVICE_UNAVAILABLE, "This link cannot be looked up right now. Please try again.", (b"retry-after", b"1")
)
RATIONED: Final = make_page(
    HTTPStatus.TOO_MANY_REQUESTS, "Too many addresses that do not exist. Please slow down.", (b"retry-after", b"60")
)
BAD_REQUEST: Final = make_page(HTTPStatus.BAD_REQUEST, "A request names exactly one host.")
UNREADABLE: Final = make_page(HTTPStatus.BAD_REQUEST, "The body of this request cannot be read.")
METHOD_NOT_ALLOWED: Final = make_page(
    HTTPStatus.METHOD_NOT_ALLOWED, "Links answer GET and HEAD.", (b"allow", b"GET, HEAD")
)
SPECULATION_REFUSED: Final = make_page(HTTPStatus.SERVICE_UNAVAILABLE, "Not fetched ahead of a click.")
BUSY: Final = make_page(HTTPStatus.SERVICE_UNAVAILABLE, "Too many pictures at once.", (b"retry-after", b"1"))
ROBOTS: Final = make_page(HTTPStatus.OK, "User-agent: *\nDisallow:")
# One transparent pixel, for pages of others that count by fetching it. Pages that isolate themselves may show it too.
PIXEL: Final = make_page(
    HTTPStatus.OK,
    base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="),
    (b"cross-origin-resource-policy", b"cross-origin"),
    media_type=b"image/gif",
)


async def send_page(send: Send, page: Page, *, is_head: bool) -> None:
    await send(page.start)
    await send(_EMPTY_BODY if is_head else page.body)


class PageApp:
    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        await send_page(send, self._page, is_head=scope["method"] == "HEAD")
