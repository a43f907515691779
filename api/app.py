"""The app behind `creatrail api`: the graph, GraphiQL from our own origin, and health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from api.downloads import DOWNLOAD_ROUTES
from api.graphiql_page import ASSETS
from api.http import GraphEndpoint
from api.report_pages.html_pages.routes import list_page_routes
from api.services import Services, open_services
from api.tls_ask import answer_tls_front
from api.uploads import UPLOAD_ROUTES
from tracking.database import TRANSIENT_ERRORS
from tracking.settings import Settings

READY_DEADLINE_S: Final = 2.0


def create_app(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings) as services:
            app.state.services = services
            yield

    return Starlette(routes=_list_routes(settings), lifespan=lifespan)


def _list_routes(settings: Settings) -> list[BaseRoute]:
    graph = GraphEndpoint(settings)
    routes: list[BaseRoute] = [
        Route("/graphql", graph),
        WebSocketRoute("/graphql", graph),
        Route("/healthz", _say_alive),
        Route("/readyz", _say_ready),
        Route("/tls/ask", answer_tls_front),
        *UPLOAD_ROUTES,
        *list_page_routes(),
        *DOWNLOAD_ROUTES,
    ]
    if settings.graphiql:
        routes += [
            Mount("/graphiql", StaticFiles(directory=ASSETS)),
            Mount("/vendor", StaticFiles(directory=settings.web_assets_dir, check_dir=False)),
        ]
    return routes


async def _say_alive(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _say_ready(request: Request) -> Response:
    """503 with what is missing while a store does not answer."""
    services: Services = request.app.state.services
    problems: dict[str, str] = {}
    try:
        async with asyncio.timeout(READY_DEADLINE_S):
            await services.pool.fetchval("SELECT 1")
    except TRANSIENT_ERRORS as error:
        problems["postgresql"] = type(error).__name__
    try:
        async with asyncio.timeout(READY_DEADLINE_S):
            await services.redis.ping()
    except (RedisError, OSError, TimeoutError) as error:
        problems["redis"] = type(error).__name__
    return JSONResponse(problems or {"status": "ready"}, status_code=503 if problems else 200)
