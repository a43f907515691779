"""Health and metrics, on a second listener that the audience never reaches."""

import asyncio
from types import ModuleType
from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from redirector.counters import Counters, Gauges
from tracking.readiness import Readiness, show_readiness


class Watched(Protocol):
    """What operators ask of the door that serves the audience."""

    @property
    def counters(self) -> Counters: ...

    def read_gauges(self) -> Gauges: ...

    def describe_readiness(self) -> Readiness: ...


def create_ops_app(door: Watched) -> Starlette:
    """`/healthz`: this process serves. `/readyz`: visitors should be sent here. `/metrics`: what it counted."""

    async def check_health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def check_readiness(_: Request) -> Response:
        page = show_readiness(door.describe_readiness())
        return Response(page.text, page.status, media_type=page.content_type)

    async def show_metrics(_: Request) -> Response:
        metrics = await asyncio.to_thread(_load_metrics)
        text = metrics.write_metrics(door.counters, door.read_gauges(), is_ready=door.describe_readiness().is_ready)
        return Response(text, headers={"content-type": metrics.CONTENT_TYPE})

    return Starlette(
        routes=[
            Route("/healthz", check_health),
            Route("/readyz", check_readiness),
            Route("/metrics", show_metrics),
        ]
    )


def _load_metrics() -> ModuleType:
    from redirector import metrics  # noqa: PLC0415 -- a redirector that nobody watches is smaller

    return metrics
