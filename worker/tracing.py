"""What becomes of a click or a report in a worker, as spans of its trace: stored with a batch, then told by reports."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.clicks.event import VERSION, ClickEvent
from tracking.clock import now_ns
from tracking.conversions.event import ConversionEvent, find_conversion_id
from tracking.streams import VERSIONS, Mark
from tracking.tracing.ids import Step
from tracking.tracing.spans import Kind, Span, SpanRef, Tracer, draw_ref, refer_to, wants
from worker.patience import ReportSuccess, is_set_within, keep_running
from worker.poison import Store, Stored

LOOK_EVERY_S: Final = 0.1
MAX_WAITING: Final = 10_000
MAX_LINKS: Final = 128  # of a span, as OpenTelemetry has it
CONVERSION_VERSION: Final = VERSIONS[Mark.CONVERSION]


class _Traced(NamedTuple):
    """An event that is sampled. `at_ms` tells apart the reports of one conversion."""

    event_id: bytes
    came: Step
    at_ms: int
    account_id: int


class _Waiting(NamedTuple):
    """Stored, and not told by reports as far as is known."""

    traced: _Traced
    stored_ns: int


class FoldWatch:
    """Waits until reports tell what was stored. The fold may be another worker's, so the database is asked."""

    def __init__(self, pool: asyncpg.Pool, tracer: Tracer) -> None:
        self._pool = pool
        self._tracer = tracer
        self._new: deque[_Waiting] = deque(maxlen=MAX_WAITING)

    def add(self, traced: Sequence[_Traced], stored_ns: int) -> None:
        self._new.extend(_Waiting(each, stored_ns) for each in traced)

    async def run(self, stopping: asyncio.Event) -> None:
        async def watch(report_success: ReportSuccess) -> None:
            while not await is_set_within(stopping, LOOK_EVERY_S):
                if self._new:
                    some, self._new = self._new, deque(maxlen=MAX_WAITING)
                    await self._wait_for(some, stopping)
                report_success()

        await keep_running("traces of folds", watch, stopping)

    async def _wait_for(self, some: Sequence[_Waiting], stopping: asyncio.Event) -> None:
        """`folded_at` is when a fold began that found nothing left: what was committed before is told then."""
        committed_before = await self._pool.fetchval("SELECT clock_timestamp()")
        while not await is_set_within(stopping, LOOK_EVERY_S):
            folded_at = await self._pool.fetchval("SELECT least(folded_at, outcomes_folded_at) FROM fold_state")
            if folded_at >= committed_before:
                break
        else:
            return
        ended_ns = now_ns()
        for each in some:
            event_id, _, at_ms, account_id = each.traced
            self._tracer.tell(
                Span(
                    Step.FOLD.value,
                    refer_to(event_id, Step.FOLD, at_ms),
                    each.stored_ns,
                    ended_ns,
                    parent=refer_to(event_id, Step.STORE, at_ms),
                    attributes={"creatrail.account_id": account_id},
                )
            )


def trace_stores(
    by_version: Mapping[bytes, Store[Any]], tracer: Tracer, watch: FoldWatch
) -> Mapping[bytes, Store[Any]]:
    """The same stores; those of clicks and conversions tell what they did."""
    return {
        version: _trace(store, tracer, watch) if version in {VERSION, CONVERSION_VERSION} else store
        for version, store in by_version.items()
    }


def _trace(store: Store[Any], tracer: Tracer, watch: FoldWatch) -> Store[Any]:
    async def store_traced(events: Sequence[Any]) -> Stored:
        traced = [_find_traced(event) for event in events]
        sampled = [each for each in traced if wants(tracer, each.event_id)]
        began_ns = now_ns()
        stored = await store(events)
        if sampled:
            rejected = {_find_traced(each.event) for each in stored.rejected}
            _tell_batch(tracer, sampled, rejected, began_ns, len(events))
            watch.add([each for each in sampled if each not in rejected], now_ns())
        return stored

    return store_traced


def _tell_batch(
    tracer: Tracer, sampled: Sequence[_Traced], rejected: set[_Traced], began_ns: int, batch_size: int
) -> None:
    """A span in the trace of each, and one of the batch with links to them."""
    ended_ns, batch = now_ns(), draw_ref()
    stored: list[SpanRef] = []
    for each in sampled:
        ref = refer_to(each.event_id, Step.STORE, each.at_ms)
        stored.append(ref)
        tracer.tell(
            Span(
                Step.STORE.value,
                ref,
                began_ns,
                ended_ns,
                parent=refer_to(each.event_id, each.came, each.at_ms),
                kind=Kind.CONSUMER,
                attributes={"creatrail.account_id": each.account_id, "creatrail.batch_size": batch_size},
                links=[batch],
                is_error=each in rejected,
            )
        )
    attributes = {"creatrail.batch_size": batch_size, "creatrail.rejected": len(rejected)}
    links = stored[:MAX_LINKS]
    tracer.tell(Span("store batch", batch, began_ns, ended_ns, kind=Kind.CONSUMER, attributes=attributes, links=links))


def _find_traced(event: Any) -> _Traced:
    """Of a click or a conversion: nothing else is traced."""
    if isinstance(event, ClickEvent):
        return _Traced(event.click_id, Step.REDIRECT, 0, event.account_id)
    assert isinstance(event, ConversionEvent)  # noqa: S101 -- by the version of its contract
    conversion_id = find_conversion_id(event.account_id, event.order_key, event.event, event.part)
    return _Traced(conversion_id, Step.REPORT, event.received_at_ms, event.account_id)
