"""What all our pages for people have in common: one style, no script, nothing from elsewhere, no frame around them."""

import base64
import hashlib
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Final

from redirector.pages import Page, make_page

_FOLDER: Final = files("redirector.html_pages")
_STYLE: Final = _FOLDER.joinpath("page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest())
# No form-action: browsers would hold the shop's own redirects against it, and nobody knows those.
_POLICY: Final = b"default-src 'none'; style-src 'sha256-%b'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    (b"content-security-policy", _POLICY % _STYLE_HASH),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),  # the destination learns as little of us as from a redirect
)


def read_template(name: str) -> Template:
    """Whoever fills it in escapes every value."""
    return Template(_FOLDER.joinpath(name).read_text("utf-8"))


_FRAME: Final = read_template("page.html")


def write_page(title: str, content: str, *, preview: str = "", language: str = "") -> bytes:
    """Of HTML: its texts are escaped already. `preview` goes into its head; no `language` where a brand wrote it."""
    return _FRAME.substitute(
        title=title,
        content=content,
        preview=preview,
        style=_STYLE,
        language=f' lang="{language}"' if language else "",
    ).encode()


def make_html_page(status: HTTPStatus, body: bytes, *headers: tuple[bytes, bytes]) -> Page:
    return make_page(status, body, *_HEADERS, *headers, media_type=b"text/html; charset=utf-8")
