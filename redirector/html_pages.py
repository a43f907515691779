"""What all our pages for people have in common: one style, no script, nothing from elsewhere, no frame around them."""

import base64
import hashlib
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Final

from redirector.pages import Page, make_page

STYLE: Final = files("redirector").joinpath("page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest())
# No form-action: browsers would hold the shop's own redirects against it, and nobody knows those.
_POLICY: Final = b"default-src 'none'; style-src 'sha256-%b'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    (b"content-security-policy", _POLICY % _STYLE_HASH),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),  # the destination learns as little of us as from a redirect
)


def read_template(package: str, name: str) -> Template:
    """Whoever fills it in escapes every value."""
    return Template(files(package).joinpath(name).read_text("utf-8"))


def make_html_page(status: HTTPStatus, body: bytes, *headers: tuple[bytes, bytes]) -> Page:
    return make_page(status, body, *_HEADERS, *headers, media_type=b"text/html; charset=utf-8")
