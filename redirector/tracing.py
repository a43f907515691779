"""The door as it is where clicks are traced. Elsewhere none of this is loaded, and the plain one costs what it did."""

from functools import partial
from typing import Any

from redirector.conversions.intake import Intake, Reported, name_conversion
from redirector.conversions.quick_reports import QuickReports
from redirector.door import Door, Scope, Visit
from redirector.facts import Headers
from redirector.memory.entries import LinkEntry
from redirector.quick_answer import Cycle, QuickProtocol
from tracking.clock import now_ns
from tracking.conversions.event import ConversionEvent
from tracking.tracing.ids import Step
from tracking.tracing.spans import Kind, Span, Tracer, refer_to, wants


class TracedDoor(Door):
    """A span from when a request is understood until its click is durable, which is when it is answered."""

    def __init__(self, tracer: Tracer, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tracer = tracer
        self._began_ns: dict[bytes, int] = {}

    def _see(self, scope: Scope, headers: Headers, entry: LinkEntry, placement: str) -> Visit:
        began_ns = now_ns()
        visit = super()._see(scope, headers, entry, placement)
        if wants(self._tracer, visit.click_id):
            self._began_ns[visit.click_id] = began_ns
        return visit

    def _make_token(self, visit: Visit, *, is_durable: bool) -> bytes | None:
        began_ns = self._began_ns.pop(visit.click_id, None)
        if began_ns is not None:
            entry = visit.entry
            self._tracer.tell(
                Span(
                    Step.REDIRECT.value,
                    refer_to(visit.click_id, Step.REDIRECT),
                    began_ns,
                    now_ns(),
                    kind=Kind.SERVER,
                    attributes={
                        "creatrail.account_id": entry.account.account_id,
                        "creatrail.link_id": entry.link_id,
                        "creatrail.is_durable": is_durable,
                    },
                    is_error=not is_durable,
                )
            )
        return super()._make_token(visit, is_durable=is_durable)


class TracedIntake(Intake):
    """Reports that somebody had to be asked about; those that are read at once are told of by `TracedReports`."""

    def __init__(self, tracer: Tracer, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._tracer = tracer

    async def take(self, reported: Reported) -> bytes:
        is_durable = False
        try:
            conversion_id = await super().take(reported)
            is_durable = True
        finally:
            tell_report(self._tracer, reported.event, is_durable=is_durable)
        return conversion_id


class TracedReports(QuickReports):
    def __init__(self, tracer: Tracer, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._tracer = tracer

    def _answer(
        self, protocol: QuickProtocol, cycle: Cycle, event: ConversionEvent, conversion_id: bytes, is_durable: bool
    ) -> None:
        tell_report(self._tracer, event, is_durable=is_durable)
        super()._answer(protocol, cycle, event, conversion_id, is_durable)


def tell_report(tracer: Tracer, event: ConversionEvent, *, is_durable: bool) -> None:
    """From when it was read, linked to the clicks that it names."""
    conversion_id = name_conversion(event)
    if not wants(tracer, conversion_id):
        return
    tracer.tell(
        Span(
            Step.REPORT.value,
            refer_to(conversion_id, Step.REPORT, event.received_at_ms),
            event.received_at_ms * 1_000_000,
            now_ns(),
            kind=Kind.SERVER,
            attributes={"creatrail.account_id": event.account_id, "creatrail.is_durable": is_durable},
            links=[refer_to(click_id, Step.REDIRECT) for click_id in event.click_ids],
            is_error=not is_durable,
        )
    )


def trace_doors(tracer: Tracer) -> tuple[partial[TracedDoor], partial[TracedIntake], partial[TracedReports]]:
    return partial(TracedDoor, tracer), partial(TracedIntake, tracer), partial(TracedReports, tracer)
