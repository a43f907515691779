"""Spans as this service tells them: when they are over, by whoever was there. What sends them is loaded if wanted."""

import secrets
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple, Protocol

from tracking.settings import Settings
from tracking.tracing.ids import Step, find_span_id, find_trace_id, is_sampled


class Kind(Enum):
    """As OpenTelemetry numbers them."""

    INTERNAL = 0
    SERVER = 1
    CONSUMER = 4


class SpanRef(NamedTuple):
    """Where a span stands: enough to be a parent or a link."""

    trace_id: int
    span_id: int


class Span(NamedTuple):
    """Attributes never hold a query string, an address, a name or a secret: they leave the service."""

    name: str
    ref: SpanRef
    began_ns: int
    ended_ns: int
    parent: SpanRef | None = None
    kind: Kind = Kind.INTERNAL
    attributes: Mapping[str, str | int | bool] = {}
    links: Sequence[SpanRef] = ()
    is_error: bool = False


class Tracer(Protocol):
    """Takes spans of what is sampled. Never waits: what cannot be sent in time is dropped."""

    ratio: float

    def tell(self, span: Span) -> None: ...

    def close(self) -> None:
        """Send what is left; seconds at most."""
        ...


def open_tracer(settings: Settings, program: str) -> Tracer | None:
    """None unless somebody wants traces; only then are the libraries for them loaded."""
    if settings.otel_exporter_otlp_endpoint is None:
        return None
    from tracking.tracing.sending import SendingTracer  # noqa: PLC0415 -- costs 20 MB that nobody pays by default

    return SendingTracer(settings.otel_exporter_otlp_endpoint, settings.trace_sample_ratio, program)


def refer_to(event_id: bytes, step: Step, at_ms: int = 0) -> SpanRef:
    return SpanRef(find_trace_id(event_id), find_span_id(event_id, step, at_ms))


def draw_ref() -> SpanRef:
    """Of a trace that no event gives its id."""
    return SpanRef(secrets.randbits(128) or 1, secrets.randbits(64) or 1)


def wants(tracer: Tracer, event_id: bytes) -> bool:
    return is_sampled(event_id, tracer.ratio)
