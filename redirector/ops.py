"""Health and metrics, on a second listener that the audience never reaches."""

from typing import Protocol

from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from redirector.counters import Counters, Gauges, describe
from tracking.readiness import Readiness, show_readiness


class Watched(Protocol):
    """What operators ask of the door that serves the audience."""

    @property
    def counters(self) -> Counters: ...

    def read_gauges(self) -> Gauges: ...

    def describe_readiness(self) -> Readiness: ...


def create_ops_app(door: Watched) -> Starlette:
    """`/healthz`: this process serves. `/readyz`: visitors should be sent here. `/metrics`: what it counted."""
    registry = CollectorRegistry()
    registry.register(_DoorCollector(door))

    async def check_health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def check_readiness(_: Request) -> Response:
        page = show_readiness(door.describe_readiness())
        return Response(page.text, page.status, media_type=page.content_type)

    async def show_metrics(_: Request) -> Response:
        return Response(generate_latest(registry), headers={"content-type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[
            Route("/healthz", check_health),
            Route("/readyz", check_readiness),
            Route("/metrics", show_metrics),
        ]
    )


class _DoorCollector(Collector):
    def __init__(self, door: Watched) -> None:
        self._door = door

    def collect(self) -> list[Metric]:
        ready = GaugeMetricFamily(
            "creatrail_redirector_ready",
            "Whether visitors should be sent here",
            value=float(self._door.describe_readiness().is_ready),
        )
        return [*describe(self._door.counters, self._door.read_gauges()), ready]
