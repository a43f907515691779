"""Where links lead nowhere, in the words of the account whose domain it is; in ours where it has none."""

from functools import lru_cache
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from redirector.html_pages.frame import make_html_page, read_template, write_page
from redirector.pages import GONE, GONE_TEXT, NOT_FOUND, NOT_FOUND_TEXT, Page
from tracking.interstitials.rules import Branding

_MAX_PAGES: Final = 256
_TEMPLATE: Final = read_template("branded.html")


@lru_cache(_MAX_PAGES)
def make_not_found(branding: Branding | None) -> Page:
    if branding is None:
        return NOT_FOUND
    return _make(HTTPStatus.NOT_FOUND, branding, branding.not_found_text or NOT_FOUND_TEXT)


@lru_cache(_MAX_PAGES)
def make_gone(branding: Branding | None) -> Page:
    if branding is None:
        return GONE
    return _make(HTTPStatus.GONE, branding, branding.gone_text or GONE_TEXT)


def _make(status: HTTPStatus, branding: Branding, text: str) -> Page:
    home, name = branding.home_url, escape(branding.name)
    content = _TEMPLATE.substitute(
        name=name,
        text=escape(text),
        home=f'<p><a href="{escape(home)}">{escape(urlsplit(home).hostname or home)}</a></p>' if home else "",
    )
    return make_html_page(status, write_page(name, content))
