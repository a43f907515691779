"""What a process of the api counts of its own work, in Prometheus' terms; `/metrics` adds the state of the moment."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # it has no types. A series more for each, which says when a process began
REGISTRY: Final = CollectorRegistry()
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LAG_SECONDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)

RESPONSES: Final = Counter(
    "creatrail_api_responses", "Responses over HTTP by door and status", ["door", "status"], registry=REGISTRY
)
OPERATIONS: Final = Counter(
    "creatrail_api_operations", "Operations of the graph that ended", ["type", "outcome"], registry=REGISTRY
)
ERRORS: Final = Counter("creatrail_api_errors", "Errors in answers of the graph by code", ["code"], registry=REGISTRY)
DURATIONS: Final = Histogram(
    "creatrail_api_operation_duration_seconds",
    "How long queries and mutations took",
    ["type"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
LOOP_LAG: Final = Histogram(
    "creatrail_api_loop_lag_seconds",
    "How late the event loop woke a task that had slept",
    buckets=_LAG_SECONDS,
    registry=REGISTRY,
)
