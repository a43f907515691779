"""What a redirect costs without our service: run as `python -m bench.redirect.plain_apps NAME PORT` and compared.

All are served as the redirector is: one uvicorn process, uvloop, httptools, no access log, no server header.
"""

import socket
import sys

import redis.asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tracking.clock import now_ms
from tracking.readiness import announce_ready
from tracking.settings import Settings, load_settings

DESTINATION = "https://shop.example.com/collections/summer/products/abcdefg?utm_source=creator&utm_medium=social&v=2"
STREAM = "bench:clicks"

START = {
    "type": "http.response.start",
    "status": 302,
    "headers": [(b"location", DESTINATION.encode()), (b"content-length", b"0")],
}
BODY = {"type": "http.response.body", "body": b""}
OK = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}


def make_bare(_settings: Settings) -> ASGIApp:
    """The floor: an ASGI function that answers 302 and does nothing else."""

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        await send(BODY)

    return answer


def make_bare_ok(_settings: Settings) -> ASGIApp:
    """The same with a 200: the floor of whatever takes reports."""

    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(OK)
        await send(BODY)

    return answer


def make_route(_settings: Settings) -> ASGIApp:
    """What a tutorial shows: a Starlette route with a RedirectResponse. It records nothing."""

    async def redirect(_request: Request) -> RedirectResponse:
        return RedirectResponse(DESTINATION, 302)

    return Starlette(routes=[Route("/{slug}", redirect)])


def make_awaited_xadd(settings: Settings) -> ASGIApp:
    """The plain way to record: one awaited XADD of eight fields in every request."""
    client = redis.asyncio.Redis.from_url(settings.redis_url)

    async def redirect(request: Request) -> RedirectResponse:
        headers = request.headers
        fields = {
            "slug": request.path_params["slug"],
            "at": now_ms(),
            "ip": request.client.host if request.client else "",
            "ua": headers.get("user-agent", ""),
            "ref": headers.get("referer", ""),
            "lang": headers.get("accept-language", ""),
            "host": headers.get("host", ""),
            "query": request.scope["query_string"],
        }
        await client.xadd(STREAM, fields)
        return RedirectResponse(DESTINATION, 302)

    return Starlette(routes=[Route("/{slug}", redirect)])


APPS = {"bare": make_bare, "bare_ok": make_bare_ok, "route": make_route, "awaited_xadd": make_awaited_xadd}


class AnnouncingServer(uvicorn.Server):
    settings: Settings

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        announce_ready(self.settings)


def main() -> None:
    name, port = sys.argv[1:]
    settings = load_settings()
    config = uvicorn.Config(
        APPS[name](settings),
        port=int(port),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_level="warning",
    )
    server = AnnouncingServer(config)
    server.settings = settings
    server.run()


if __name__ == "__main__":
    main()
