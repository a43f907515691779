"""Pages of other origins: which may ask, and what their browsers must hear before they do (CORS).

A preflight carries no credential, so it is answered for every origin that any account allows; the request behind it is
served only when the account of its session allows that origin.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

import asyncpg
from starlette.responses import Response
from strawberry.http.websocket_origin import is_same_origin

from tracking.accounts.browser_origins import list_allowed_origins
from tracking.accounts.credentials import Credential
from tracking.database import TRANSIENT_ERRORS

REFRESH_S: Final = 0.5
PREFLIGHT_IS_KEPT_S: Final = 600  # by the browser; what it lets through is checked again
_NEVER: Final = float("-inf")


class KnownOrigins:
    """What any account allows, at most REFRESH_S old; older only while the database does not answer."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._origins: frozenset[str] = frozenset()
        self._read_at = _NEVER
        self._reading = asyncio.Lock()

    async def refresh(self) -> None:
        async with self._reading:
            if time.monotonic() - self._read_at < REFRESH_S:
                return
            started_at = time.monotonic()
            try:
                self._origins = await list_allowed_origins(self._pool)
            except TRANSIENT_ERRORS:
                return
            self._read_at = started_at

    def __contains__(self, origin: str) -> bool:
        return origin in self._origins


def read_other_origin(headers: Mapping[str, str]) -> str | None:
    """The origin of the page that asks, when it is not ours. Programs that are no browsers name none."""
    origin = headers.get("origin")
    if origin is None or headers.get("sec-fetch-site") == "same-origin" or is_same_origin(origin, headers.get("host")):
        return None
    return origin


def may_ask(origin: str | None, credential: Credential) -> bool:
    """From our own pages and from programs everyone may; from other pages a session of an account that allows it."""
    return origin is None or origin in credential.browser_origins


def answer_preflight(
    origin: str | None, known: KnownOrigins, methods: str = "GET, POST", headers: str = "authorization, content-type"
) -> Response:
    if origin is None:
        return Response(status_code=204, headers={"Allow": f"{methods}, OPTIONS"})
    if origin not in known:
        return Response(status_code=403)
    allowed = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": headers,
        "Access-Control-Max-Age": str(PREFLIGHT_IS_KEPT_S),
    }
    return Response(status_code=204, headers=allowed)


def let_read(response: Response, origin: str | None, known: KnownOrigins) -> None:
    """Say which page may read the answer. Never with cookies: there are none."""
    response.headers.append("Vary", "Origin")
    if origin is not None and origin in known:
        response.headers["Access-Control-Allow-Origin"] = origin
