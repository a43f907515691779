"""A span for each operation of the graph, in the trace of whoever asks, if they send one along."""

import re
from typing import Any, ClassVar, Final, NamedTuple

from tracking.clock import now_ns
from tracking.tracing.spans import Kind, Span, SpanRef, Tracer, draw_ref, wants

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


class OperationSpan(NamedTuple):
    """An operation that is traced, while it goes on."""

    tracer: Tracer
    ref: SpanRef
    parent: SpanRef | None
    began_ns: int

    def end(self, kind: str, account_id: int | None, *, is_error: bool) -> None:
        attributes: dict[str, str | int | bool] = {"graphql.operation.type": kind}
        if account_id is not None:
            attributes["creatrail.account_id"] = account_id
        span = Span(
            f"graphql {kind}",
            self.ref,
            self.began_ns,
            now_ns(),
            self.parent,
            Kind.SERVER,
            attributes,
            is_error=is_error,
        )
        self.tracer.tell(span)


class OperationTraces:
    """Of this process; off until it has a tracer."""

    tracer: ClassVar[Tracer | None] = None

    @classmethod
    def begin(cls, context: Any) -> OperationSpan | None:
        """Notes the id of the trace in the context, for what is logged of the operation."""
        tracer = cls.tracer
        if tracer is None:
            return None
        parent = read_parent(context.traceparent)
        ref = draw_ref()
        if parent is not None:
            ref = SpanRef(parent.trace_id, ref.span_id)
        if not wants(tracer, ref.trace_id.to_bytes(16, "big")):
            return None
        context.trace_id = f"{ref.trace_id:032x}"
        return OperationSpan(tracer, ref, parent, now_ns())


def read_parent(header: str | None) -> SpanRef | None:
    """Of the W3C's `traceparent`; None for any other text."""
    found = _TRACEPARENT.fullmatch(header or "")
    if found is None:
        return None
    ref = SpanRef(int(found[1], 16), int(found[2], 16))
    return ref if all(ref) else None
