"""From templates to answers: HTML with one style and one script of our own, and SVG that others may embed."""

import base64
import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import Response

from api.report_pages.html_pages.words import UNKNOWN, write_count, write_money, write_share

_FOLDER: Final = files("api.report_pages.html_pages.templates")
_CHART_STYLE: Final = _FOLDER.joinpath("chart.css").read_text("utf-8")
_STYLE: Final = _FOLDER.joinpath("page.css").read_text("utf-8") + _CHART_STYLE
_SCRIPT: Final = _FOLDER.joinpath("page.js").read_text("utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_PRIVATE: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
PAGE_HEADERS: Final = {
    **_PRIVATE,
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src {_hash(_STYLE)}; script-src {_hash(_SCRIPT)};"
    " img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
PICTURE_HEADERS: Final = {
    **_PRIVATE,
    "Cache-Control": "private, max-age=60",
    "Content-Security-Policy": f"default-src 'none'; style-src {_hash(_CHART_STYLE)}",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
FILE_HEADERS: Final = {**_PRIVATE, "Cache-Control": "private, no-store"}

_environment: Final = Environment(
    loader=PackageLoader("api.report_pages.html_pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters.update(count=write_count, share=write_share, money=write_money)
_environment.globals.update(
    UNKNOWN=UNKNOWN,
    # Files of our own, and part of what the policy names by its hash: nothing in them is escaped.
    style=Markup(_STYLE),  # noqa: S704 -- a file of our own
    script=Markup(_SCRIPT),  # noqa: S704 -- a file of our own
    chart_style=Markup(_CHART_STYLE),  # noqa: S704 -- a file of our own
)


def render_page(template: str, values: Mapping[str, Any], status: int = 200) -> Response:
    content = _environment.get_template(template).render(values)
    return Response(content, status, {**PAGE_HEADERS, "Content-Language": "en"}, "text/html; charset=utf-8")


def render_picture(chart: str, values: Mapping[str, Any]) -> Response:
    """A chart alone; what is in it is named for those who cannot see it."""
    content = _environment.get_template("picture.html").render({**values, "chart_template": chart})
    return Response(content, 200, dict(PICTURE_HEADERS), "image/svg+xml")
