"""Counts responses over HTTP by the door that was asked; addresses hold tokens and are not kept."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.figures import RESPONSES

_DOORS: Final = frozenset({"graphql", "graphiql", "vendor", "healthz", "readyz", "tls", "r", "imports", "exports"})


class CountedResponses:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        first = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        door = first if first in _DOORS else "other"
        is_told = False

        async def count(message: Message) -> None:
            nonlocal is_told
            if message["type"] == "http.response.start":
                is_told = True
                RESPONSES.labels(door, message["status"]).inc()
            await send(message)

        try:
            await self._app(scope, receive, count)
        except Exception:
            if not is_told:
                RESPONSES.labels(door, 500).inc()
            raise
