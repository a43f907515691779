"""What becomes of a stream when an event of it could not be told."""

from collections.abc import Iterator
from typing import Any

from strawberry.extensions import SchemaExtension


class FailedEvents(SchemaExtension):
    """Notes it for the stream, which then ends: its consumer resumes after the last event that it has, and misses none.

    If it went on, a later cursor would hide the event.
    """

    def on_stream_result(self, result: Any) -> Iterator[None]:
        if getattr(result, "errors", None):
            self.execution_context.context.has_failed = True
        yield
