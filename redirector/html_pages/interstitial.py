"""The page of an offer: its texts, the host that it leads to, and one button (TR12).

In its head stands what apps show of a link, by Open Graph and by the names of X's cards.
"""

from html import escape
from typing import Final

from redirector.html_pages.frame import read_template, write_page
from tracking.interstitials.rules import Interstitial

_TEMPLATE: Final = read_template("interstitial.html")


def write_interstitial_page(texts: Interstitial, host: str, action: str) -> bytes:
    """`escape` leaves nothing of a text that could end its element or its attribute."""
    title = escape(texts.title)
    content = _TEMPLATE.substitute(
        title=title,
        description=f'<p dir="auto">{escape(texts.description)}</p>' if texts.description else "",
        action=escape(action),
        call_to_action=escape(texts.call_to_action),
        host=escape(host),
    )
    return write_page(title, content, preview=_write_preview(texts))


def _write_preview(texts: Interstitial) -> str:
    title = texts.preview_title or texts.title
    description = texts.preview_description or texts.description
    image = texts.preview_image_url
    tags = [
        ("name", "description", description),
        ("property", "og:type", "website"),
        ("property", "og:title", title),
        ("property", "og:description", description),
        ("property", "og:image", image),
        ("name", "twitter:card", "summary_large_image" if image else "summary"),
        ("name", "twitter:title", title),
        ("name", "twitter:description", description),
        ("name", "twitter:image", image),
    ]
    return "\n".join(f'<meta {kind}="{name}" content="{escape(value)}">' for kind, name, value in tags if value)
