"""The ops listener of the api: health, readiness, metrics."""

import asyncio
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from api.figures import LOOP_LAG, REGISTRY
from api.services import Services
from tracking.clock import uptime_s
from tracking.ops import Page, Pages
from tracking.readiness import show_readiness
from tracking.store_watch import StoreWatch

LOOK_EVERY_S: Final = 0.5


def list_pages(services: Services, stores: StoreWatch) -> Pages:
    return {
        "/healthz": _say_alive,
        "/readyz": partial(_say_ready, stores),
        "/metrics": partial(_show_metrics, services),
    }


async def _say_ready(stores: StoreWatch) -> Page:
    return show_readiness(await stores.look())


async def watch_loop() -> None:
    """A loop that is late here is late for everybody."""
    while True:
        began_at = uptime_s()
        await asyncio.sleep(LOOK_EVERY_S)
        LOOP_LAG.observe(max(uptime_s() - began_at - LOOK_EVERY_S, 0.0))


async def _say_alive() -> Page:
    return Page(HTTPStatus.OK, b"ok\n")


async def _show_metrics(services: Services) -> Page:
    text = generate_latest(REGISTRY) + generate_latest(_Moment(services))
    return Page(HTTPStatus.OK, text, CONTENT_TYPE_LATEST)


class _Moment:
    """What is so now, in the form that `generate_latest` reads."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        pool, streams = self._services.pool, self._services.streams
        yield GaugeMetricFamily("creatrail_api_open_streams", "Open subscriptions", value=len(streams))
        yield GaugeMetricFamily("creatrail_api_open_websockets", "Open WebSockets", value=streams.connections)
        idle = pool.get_idle_size()
        connections = GaugeMetricFamily(
            "creatrail_api_database_connections", "Connections to PostgreSQL of the pool by state", labels=["state"]
        )
        connections.add_metric(["in_use"], pool.get_size() - idle)
        connections.add_metric(["idle"], idle)
        yield connections
        yield GaugeMetricFamily(
            "creatrail_api_database_connections_max", "Most that the pool opens", value=pool.get_max_size()
        )
