"""The page that Prometheus reads. Its library is loaded when somebody asks for the page."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from redirector.counters import Counters, Gauges

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_TOLD = {
    "cached_links": "Links in memory",
    "unknown_slugs": "Addresses in memory that are nobody's",
    "spool_bytes": "Bytes of clicks on disk that Redis has not taken yet",
    "spool_bytes_max": "Most bytes that may wait there",
    "spool_disk_free_bytes": "Bytes that are free on the disk of the spool",
    "redis_connected": "Whether Redis takes clicks now",
    "change_log_age_seconds": "Time since PostgreSQL last told what changed",
    "salt_known": "Whether the salt of today, in UTC, is known",
}
_COUNTED = {
    "clicks_recorded": "Clicks that Redis took at once",
    "clicks_spooled": "Clicks that went to disk, as Redis did not take them",
    "clicks_replayed": "Clicks sent to Redis from disk",
    "clicks_resent": "Clicks sent again from memory to a Redis that may have lost them",
    "clicks_respooled": "Clicks put on disk that Redis had taken just before it went away",
    "clicks_not_durable": "Clicks lost, as neither Redis nor the disk took them",
    "confirmations_not_durable": "Confirmations lost in the same way",
    "impressions_not_durable": "Impressions lost in the same way",
    "reports_not_durable": "Reports of conversions refused in the same way, for their sender to repeat",
    "redis_failures": "Writes that Redis refused, or did not answer in time",
    "resolve_queries": "Links looked up in PostgreSQL",
    "resolve_failures": "Links that could not be looked up",
    "changes_seen": "Changes of links and accounts that were heard of",
    "change_log_reads": "Times that the log of changes was read",
    "change_log_failures": "Times that it could not be read",
}
_OUTCOMES = (
    "redirects",
    "confirmations_asked",
    "interstitials_shown",
    "continued",
    "prefetches_refused",
    "archived",
    "unknown",
    "bad_requests",
    "rationed",
    "unavailable",
    "opt_outs",
    "qr_codes",
    "scripts",
    "sightings",
    "impressions",
    "reports_accepted",
    "reports_refused",
)


def _describe(counters: Counters, gauges: Gauges) -> Iterator[Metric]:
    answers = CounterMetricFamily("creatrail_answers", "Requests by how they were answered", labels=["outcome"])
    for outcome in _OUTCOMES:
        answers.add_metric([outcome], getattr(counters, outcome))
    yield answers
    for name, told in _COUNTED.items():
        yield CounterMetricFamily(f"creatrail_{name}", told, value=float(getattr(counters, name)))
    for name, told in _TOLD.items():
        yield GaugeMetricFamily(f"creatrail_{name}", told, value=float(getattr(gauges, name)))


class _Moment(Collector):
    def __init__(self, counters: Counters, gauges: Gauges, *, is_ready: bool) -> None:
        self._counters = counters
        self._gauges = gauges
        self._is_ready = is_ready

    def collect(self) -> list[Metric]:
        ready = GaugeMetricFamily(
            "creatrail_redirector_ready", "Whether visitors should be sent here", value=float(self._is_ready)
        )
        return [*_describe(self._counters, self._gauges), ready]


def write_metrics(counters: Counters, gauges: Gauges, *, is_ready: bool) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Moment(counters, gauges, is_ready=is_ready))
    return generate_latest(registry)
