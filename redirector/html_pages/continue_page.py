"""A page between a link and its destination, with one button: Continue. The offer's, else the one that asks to confirm.

Scanners open every link they find, but do not submit forms; so Continue is one, and it is posted.
"""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from redirector.html_pages.confirm import write_confirm_page
from redirector.html_pages.frame import make_html_page
from redirector.html_pages.interstitial import write_interstitial_page
from redirector.memory.entries import LinkEntry
from redirector.pages import Page
from tracking.links.query_policy import QueryPolicy, spell_visitor_query
from tracking.links.rules import PreparedDestination, split_placement

CONTINUE_PATH: Final = "continue"


def make_continue_page(
    scope: Any, entry: LinkEntry, target: PreparedDestination | LinkEntry, token: bytes | None, cookie: bytes | None
) -> Page:
    """For the link that was asked for. Without a token, Continue leads on and confirms nothing."""
    host = urlsplit(target.head.decode("ascii")).hostname or ""
    action = _write_action(scope, entry, token)
    texts = entry.terms.rules.interstitial
    body = write_confirm_page(host, action) if texts is None else write_interstitial_page(texts, host, action)
    cookies = () if cookie is None else ((b"set-cookie", cookie),)
    return make_html_page(HTTPStatus.OK, body, *cookies)


def _write_action(scope: Any, entry: LinkEntry, token: bytes | None) -> str:
    slug, _ = split_placement(scope["path"][1:].partition("/")[0])
    path = f"/{slug}/{CONTINUE_PATH}" if token is None else f"/{slug}/{CONTINUE_PATH}/{token.decode()}"
    if entry.terms.rules.query_policy is QueryPolicy.IGNORE or not scope["query_string"]:
        return path
    return f"{path}?{spell_visitor_query(scope['query_string']).decode()}"
