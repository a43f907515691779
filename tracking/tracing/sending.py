"""Sends spans by OTLP over HTTP, with OpenTelemetry's queue, which drops what it cannot get rid of."""

from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tracking.tracing.spans import Kind, Span, SpanRef

SEND_TIMEOUT_S: Final = 5
SEND_EVERY_MS: Final = 1_000
CLOSE_TIMEOUT_S: Final = 3
_SCOPE: Final = InstrumentationScope("creatrail")
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_KINDS: Final = {
    Kind.INTERNAL: SpanKind.INTERNAL,
    Kind.SERVER: SpanKind.SERVER,
    Kind.CONSUMER: SpanKind.CONSUMER,
}


class SendingTracer:
    """A thread of its own sends, so that a collector that hangs holds up nobody."""

    def __init__(self, endpoint: str, ratio: float, program: str) -> None:
        self.ratio = ratio
        self._resource = Resource({"service.name": f"creatrail-{program}", "service.namespace": "creatrail"})
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_TIMEOUT_S)
        self._processor = BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY_MS)

    def tell(self, span: Span) -> None:
        self._processor.on_end(
            ReadableSpan(
                name=span.name,
                context=_describe(span.ref, is_remote=False),
                parent=_describe(span.parent, is_remote=True) if span.parent else None,
                resource=self._resource,
                attributes=span.attributes,
                links=[Link(_describe(each, is_remote=True)) for each in span.links],
                kind=_KINDS[span.kind],
                status=Status(StatusCode.ERROR) if span.is_error else Status(),
                start_time=span.began_ns,
                end_time=span.ended_ns,
                instrumentation_scope=_SCOPE,
            )
        )

    def close(self) -> None:
        closing = Thread(target=self._processor.shutdown, daemon=True)  # which waits for a collector that hangs
        closing.start()
        closing.join(CLOSE_TIMEOUT_S)


def _describe(ref: SpanRef, *, is_remote: bool) -> SpanContext:
    return SpanContext(ref.trace_id, ref.span_id, is_remote=is_remote, trace_flags=_SAMPLED)
