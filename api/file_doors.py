"""What all doors for files have in common: the signed address is the credential, and other origins are let in.

A page of another origin may use an address when the account behind it allows that origin, as it may ask the graph.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import asyncpg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.browser_origins import answer_preflight, let_read, read_other_origin
from api.services import Services
from tracking.clock import utc_now
from tracking.signed_addresses import read_signed

Serve: TypeAlias = Callable[[Request], Awaitable[Response]]
ListOrigins: TypeAlias = Callable[[asyncpg.Pool, int], Awaitable[frozenset[str]]]

PRIVATE: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
ASKED_WITH: Final = "authorization, content-type"


def open_to_pages(path: str, method: str, serve: Serve, *, asked_with: str = ASKED_WITH, shows: str = "") -> Route:
    """With what a browser needs to hand every answer, refusals included, to the page that asked: `asked_with` are the
    headers that it may send, `shows` those that it may read.
    """

    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        origin = read_other_origin(request.headers)
        if origin is not None:
            await services.origins.refresh()
        if request.method == "OPTIONS":
            response = answer_preflight(origin, services.origins, method, asked_with)
        else:
            response = await serve(request)
        let_read(response, origin, services.origins)
        if shows and "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Expose-Headers"] = shows
        return response

    return Route(path + "{token}", answer, methods=[method, "OPTIONS"])


async def read_address(request: Request, path: str, list_origins: ListOrigins) -> int | Response:
    """The id of the import or export. A forged address is unknown, an old one is over, and not every page may use a
    good one.
    """
    services: Services = request.app.state.services
    signed = read_signed(services.settings.cookie_secret, path, request.path_params["token"])
    if signed is None:
        return answer_json(404, error="there is nothing at this address")
    if signed.expires_at <= utc_now():
        return answer_json(403, error="this address has expired")
    origin = read_other_origin(request.headers)
    if origin is not None and origin not in await list_origins(services.pool, signed.id):
        return answer_json(403, error="pages of this origin may not use this address")
    return signed.id


def answer_json(status: int, **content: Any) -> Response:
    return JSONResponse(content, status_code=status, headers=PRIVATE)
