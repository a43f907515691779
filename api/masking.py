"""What a client learns of an error: ours are logged with all there is and answered as one masked line."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from tracking.history.actors import SYSTEM, acting_as

_CLIENT_ERRORS: Final = (GraphQLError, CannotGetOperationTypeError, InvalidOperationTypeError)
_log = structlog.get_logger("api")


def is_ours(error: GraphQLError) -> bool:
    """True for a fault of ours. What goes wrong before a field is resolved is about the client's values."""
    original = error.original_error
    if original is None or isinstance(original, _CLIENT_ERRORS):
        return False
    return error.path is not None or not isinstance(original, ValueError | TypeError)


def mark_errors(errors: list[GraphQLError], trace_id: str | None = None) -> None:
    """Give each a code; log ours with the stack and the place in the graph, never with values, which may be secrets."""
    for error in errors:
        if is_ours(error):
            traced = {} if trace_id is None else {"trace_id": trace_id}
            _log.error("field_failed", path=error.path, exc_info=error.original_error, **traced)
        else:
            error.extensions = {**(error.extensions or {}), "code": find_code(error)}


class MaskedErrors(MaskErrors):
    """Ours leave without their message."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=is_ours)

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        """Nearly none has an error: to look at it in all of Strawberry's ways would cost more than to tell it."""
        if not isinstance(result, ExecutionResult) or result.errors:
            yield from super().on_stream_result(result)
        else:
            yield

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        masked = super().anonymise_error(error)
        masked.extensions = {"code": "INTERNAL_ERROR"}
        return masked


class FreshLoaders(SchemaExtension):
    """Gives each operation loaders of its own: those of a connection would answer for ever from what they read once."""

    def on_operation(self) -> Iterator[None]:
        context: Any = self.execution_context.context
        self.execution_context.context = replace(context, loaders={})
        yield


class NamedActor(SchemaExtension):
    """Whoever writes history in this operation finds in the task who acts."""

    def on_operation(self) -> Iterator[None]:
        credential = self.execution_context.context.credential
        with acting_as(SYSTEM if credential is None else credential.actor):
            yield


def find_code(error: GraphQLError) -> str:
    """What it says of itself, else what kind of mistake of the client it is."""
    code = (error.extensions or {}).get("code")
    if isinstance(code, str):
        return code
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "GRAPHQL_VALIDATION_FAILED" if error.path is None else "BAD_USER_INPUT"
