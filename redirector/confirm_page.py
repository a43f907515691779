"""The page that asks people to continue: no script, nothing from elsewhere, and no link that a program could follow."""

from html import escape
from typing import Final

from redirector.html_pages import STYLE, read_template

_TEMPLATE: Final = read_template("redirector", "confirm_page.html")


def write_confirm_page(host: str, action: str) -> bytes:
    return _TEMPLATE.substitute(host=escape(host), action=escape(action), style=STYLE).encode()
