"""The app behind `creatrail api`: the graph, GraphiQL from our own origin, and health."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from api.counted_responses import CountedResponses
from api.downloads import DOWNLOAD_ROUTES
from api.graphiql_page import ASSETS
from api.http import GraphEndpoint
from api.operation_traces import OperationTraces
from api.ops_pages import list_pages, watch_loop
from api.report_pages.html_pages.routes import list_page_routes
from api.services import open_services, stop_task
from api.tls_ask import answer_tls_front
from api.uploads import UPLOAD_ROUTES
from tracking.ops import open_ops
from tracking.settings import Settings
from tracking.store_watch import StoreWatch
from tracking.tracing.spans import open_tracer


def create_app(settings: Settings) -> Starlette:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_services(settings) as services, AsyncExitStack() as running:
            app.state.services = services
            app.state.stores = stores = StoreWatch(settings, services.pool, (services.redis, *services.shards))
            running.push_async_callback(stop_task, asyncio.create_task(watch_loop()))
            ops = open_ops(settings.api_ops_host, settings.api_ops_port, list_pages(services, stores))
            await running.enter_async_context(ops)
            OperationTraces.tracer = open_tracer(settings, "api")
            running.callback(_stop_tracing)
            yield

    return Starlette(routes=_list_routes(settings), lifespan=lifespan, middleware=[Middleware(CountedResponses)])


def _stop_tracing() -> None:
    tracer, OperationTraces.tracer = OperationTraces.tracer, None
    if tracer is not None:
        tracer.close()


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
    """Anybody may ask. What is wrong, operators ask at the second listener."""
    stores: StoreWatch = request.app.state.stores
    readiness = await stores.look()
    return PlainTextResponse(
        f"{readiness.status}\n", HTTPStatus.OK if readiness.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    )
