"""Counts operations of the graph as they end, whatever brought them and however they end."""

from collections.abc import Iterator
from time import perf_counter
from typing import Final

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from api.figures import DURATIONS, ERRORS, OPERATIONS
from api.masking import find_code
from api.operation_traces import OperationTraces

UNREAD: Final = "unread"  # the type of what is no operation of the graph
CUT_OFF: Final = "cut_off"  # by its deadline, its client or us


class ObservedOperations(SchemaExtension):
    """Outermost, so that it sees errors as clients do."""

    def on_operation(self) -> Iterator[None]:
        began_at = perf_counter()
        span = OperationTraces.begin(self.execution_context.context)
        outcome = CUT_OFF
        try:
            yield
            outcome = self._count_errors()
        finally:
            kind = self._find_type()
            OPERATIONS.labels(kind, outcome).inc()
            if kind not in {UNREAD, OperationType.SUBSCRIPTION.value}:
                DURATIONS.labels(kind).observe(perf_counter() - began_at)
            if span is not None:
                credential = self.execution_context.context.credential
                span.end(kind, credential.account_id if credential else None, is_error=outcome != "ok")

    def _count_errors(self) -> str:
        execution = self.execution_context
        result = execution.result
        errors = list(getattr(result, "errors", None) or execution.pre_execution_errors or ())
        for error in errors:
            ERRORS.labels(find_code(error)).inc()
        return "errors" if errors else "ok"

    def _find_type(self) -> str:
        try:
            return self.execution_context.operation_type.value
        except Exception:  # noqa: BLE001 -- whatever the document is, it is no operation
            return UNREAD
