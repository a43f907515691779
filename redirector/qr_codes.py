"""`/<slug>/qr.svg` and `/<slug>/qr.png`: the QR code of a link. Looking at it is no click; scans have a placement."""

import io
import re
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Final

from redirector.counters import Counters
from redirector.facts import Headers
from redirector.html_pages.branded import make_gone
from redirector.memory.resolver import FindLink
from redirector.pages import BUSY, METHOD_NOT_ALLOWED, Page, make_page, send_page
from tracking.clock import uptime_s
from tracking.links.rules import normalise_host
from tracking.links.short_urls import (
    DEFAULT_QR_MARGIN,
    DEFAULT_QR_PX,
    MAX_QR_MARGIN,
    MAX_QR_PX,
    MIN_QR_PX,
    QrFormat,
    write_qr_content,
    write_short_url,
)

DRAWN_PER_SECOND: Final = 10  # one takes 3 to 25 ms, in which nobody is redirected
_MAX_PICTURES: Final = 256
_METHODS: Final = frozenset({"GET", "HEAD"})
_MEDIA_TYPES: Final = {QrFormat.SVG: b"image/svg+xml", QrFormat.PNG: b"image/png"}
_SIZE: Final = re.compile(rb"(?:^|&)size=([0-9]{1,5})(?:&|$)")
_MARGIN: Final = re.compile(rb"(?:^|&)margin=([0-9]{1,5})(?:&|$)")


class QrCodeApp:
    def __init__(self, find_link: FindLink, public_port: int | None, counters: Counters) -> None:
        self._find_link = find_link
        self._public_port = public_port
        self._counters = counters
        self._draw = lru_cache(_MAX_PICTURES)(_draw)
        self._drawn = 0
        self._second = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 -- the form of ASGI
        if scope["method"] not in _METHODS:
            await send_page(send, METHOD_NOT_ALLOWED, is_head=False)
            return
        await send_page(send, await self._answer(scope), is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Any) -> Page:
        headers: Headers = dict(scope["headers"])
        slug, qr_format = scope["path_params"]["slug"], QrFormat(scope["path"][-3:].upper())
        entry = await self._find_link(scope, headers, slug)
        if isinstance(entry, Page):
            return entry
        if entry.terms.is_archived:
            self._counters.archived += 1
            return make_gone(entry.account.branding)
        host = normalise_host(headers[b"host"].decode("latin-1")) or ""
        spelling = slug.lower() if entry.terms.is_readable else slug
        url = write_short_url(host, spelling, has_tls=entry.account.has_tls, public_port=self._public_port)
        query = scope["query_string"]
        size_px = min(max(_read_number(_SIZE, query, DEFAULT_QR_PX), MIN_QR_PX), MAX_QR_PX)
        margin = min(_read_number(_MARGIN, query, DEFAULT_QR_MARGIN), MAX_QR_MARGIN)
        if not self._may_draw():
            return BUSY
        self._counters.qr_codes += 1
        return self._draw(write_qr_content(url), qr_format, size_px, margin)

    def _may_draw(self) -> bool:
        """Pictures that lie ready use up nothing, but nobody knows them before they are asked for."""
        if (second := int(uptime_s())) != self._second:
            self._second, self._drawn = second, self._draw.cache_info().misses
        return self._draw.cache_info().misses - self._drawn < DRAWN_PER_SECOND


def _read_number(pattern: re.Pattern[bytes], query: bytes, default: int) -> int:
    found = pattern.search(query)
    return int(found[1]) if found else default


def _draw(content: str, qr_format: QrFormat, size_px: int, margin: int) -> Page:
    """A picture of at most `size_px`, the largest whose modules are whole pixels; one that scales, for SVG."""
    import segno  # noqa: PLC0415 -- few redirectors ever draw one, and each would be 3 MB larger

    code = segno.make(content, error="m", micro=False)
    side = code.symbol_size(border=margin)[0]
    picture = io.BytesIO()
    if qr_format is QrFormat.PNG:
        code.save(picture, kind="png", scale=max(1, size_px // side), border=margin)
    else:
        code.save(picture, kind="svg", scale=size_px / side, border=margin, light="#fff", unit="px", xmldecl=False)
    return make_page(
        HTTPStatus.OK,
        picture.getvalue(),
        (b"content-security-policy", b"default-src 'none'"),
        media_type=_MEDIA_TYPES[qr_format],
        cache_control=b"public, max-age=3600",
    )
