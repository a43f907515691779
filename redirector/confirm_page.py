"""The page that asks people to continue: no script, nothing from elsewhere, and no link that a program could follow.

Scanners open every link they find, but do not submit forms; so Continue is one, and it is posted.
"""

import base64
import hashlib
from html import escape
from http import HTTPStatus
from importlib.resources import files
from string import Template
from typing import Any, Final
from urllib.parse import urlsplit

from redirector.entries import LinkEntry
from redirector.pages import Page, make_page
from tracking.links.query_policy import QueryPolicy, spell_visitor_query
from tracking.links.rules import PreparedDestination, split_placement

CONTINUE_PATH: Final = "continue"

_FILES: Final = files("redirector")
_STYLE: Final = _FILES.joinpath("confirm_page.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest())
_TEMPLATE: Final = Template(_FILES.joinpath("confirm_page.html").read_text("utf-8"))
# No form-action: browsers would hold the shop's own redirects against it, and nobody knows those.
_POLICY: Final = b"default-src 'none'; style-src 'sha256-%b'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
_HEADERS: Final = (
    (b"content-security-policy", _POLICY % _STYLE_HASH),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),  # the destination learns as little of us as from a redirect
)


def make_confirm_page(
    scope: Any, entry: LinkEntry, target: PreparedDestination | LinkEntry, token: bytes | None, cookie: bytes | None
) -> Page:
    """For the link that was asked for. Without a token, Continue leads on and confirms nothing."""
    host = urlsplit(target.head.decode("ascii")).hostname or ""
    body = write_confirm_page(host, _write_action(scope, entry, token))
    headers = _HEADERS if cookie is None else (*_HEADERS, (b"set-cookie", cookie))
    return make_page(HTTPStatus.OK, body, *headers, media_type=b"text/html; charset=utf-8")


def write_confirm_page(host: str, action: str) -> bytes:
    return _TEMPLATE.substitute(host=escape(host), action=escape(action), style=_STYLE).encode()


def _write_action(scope: Any, entry: LinkEntry, token: bytes | None) -> str:
    slug, _ = split_placement(scope["path"][1:].partition("/")[0])
    path = f"/{slug}/{CONTINUE_PATH}" if token is None else f"/{slug}/{CONTINUE_PATH}/{token.decode()}"
    if entry.terms.rules.query_policy is QueryPolicy.IGNORE or not scope["query_string"]:
        return path
    return f"{path}?{spell_visitor_query(scope['query_string']).decode()}"
