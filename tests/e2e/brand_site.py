"""A brand's site whose pages have the snippets, and a tracking domain that only writes down what it is told."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tracking.snippets.scripts import SCRIPTS

_SCRIPTS_PATH = "/js/v1/"


class Told(NamedTuple):
    """A request to the tracking domain, and what stood in its query or body."""

    method: str
    path: str
    fields: dict[str, str]
    origin: str | None
    cookie: str | None


@dataclass
class BrandSite:
    """Pages by their paths, and where paths redirect to; every name under localhost is this site."""

    port: int
    pages: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    policy: str | None = None  # of its pages
    told: list[Told] = field(default_factory=list)

    def url(self, path: str, host: str = "shop.localhost") -> str:
        return f"http://{host}:{self.port}{path}"

    @property
    def tracker(self) -> str:
        return self.url("", "go.localhost")

    def write_script(self, script: str, attributes: str = "") -> str:
        return f'<script src="{self.tracker}{_SCRIPTS_PATH}{script}" data-key="ct_pub_k" {attributes}></script>'

    async def read_reports(self) -> list[Told]:
        return [told for told in self.told if told.path == "/conv"]

    async def read_sightings(self) -> list[Told]:
        return [told for told in self.told if told.path == "/seen"]


def _answer(site: BrandSite, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, bytes]:
    """Content type and body."""
    parts = urlsplit(path)
    if parts.path.startswith(_SCRIPTS_PATH):
        return "text/javascript", SCRIPTS[parts.path.removeprefix(_SCRIPTS_PATH)].text
    if parts.path in site.pages:
        return "text/html", ("<!doctype html><link rel=icon href=data:,>" + site.pages[parts.path]).encode()
    fields = dict(parse_qsl(body.decode() or parts.query))
    site.told.append(Told(method, parts.path, fields, headers.get("Origin"), headers.get("Cookie")))
    return "image/gif", b""


@contextmanager
def running_brand_site() -> Iterator[BrandSite]:
    site = BrandSite(port=0)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            media_type, content = _answer(site, self.command, self.path, dict(self.headers), body)
            path, _, query = self.path.partition("?")
            self.send_response(302 if path in site.redirects else 200)
            if path in site.redirects:
                self.send_header("Location", site.redirects[path].replace("QUERY", query))
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Access-Control-Allow-Origin", "*")
            if site.policy and media_type == "text/html":
                self.send_header("Content-Security-Policy", site.policy)
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name in the library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
