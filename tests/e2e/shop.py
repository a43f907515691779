"""The brand's site, where links lead: it remembers who came and has no script of ours (LO6)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

PAGE: Final = b"<!doctype html><title>Shop</title><link rel='icon' href='data:,'><h1>Shoes</h1>"


@dataclass(frozen=True)
class Shop:
    port: int
    targets: list[str] = field(default_factory=list)  # path and query of every page that was asked for

    @property
    def url(self) -> str:
        return f"http://shop.localhost:{self.port}/shoes?size=42#red"

    async def read_targets(self) -> list[str]:
        return list(self.targets)


@contextmanager
def running_shop() -> Iterator[Shop]:
    targets: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            targets.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name in the library
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Shop(server.server_address[1], targets)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
