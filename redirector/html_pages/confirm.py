"""The page that asks people to continue: no script, nothing from elsewhere, and no link that a program could follow."""

from html import escape
from typing import Final

from redirector.html_pages.frame import read_template, write_page

_TEMPLATE: Final = read_template("confirm.html")


def write_confirm_page(host: str, action: str) -> bytes:
    content = _TEMPLATE.substitute(host=escape(host), action=escape(action))
    return write_page(f"Continue to {escape(host)}", content, language="en")
