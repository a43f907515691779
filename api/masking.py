"""What a client learns of an error: ours are logged with all there is and answered as one masked line."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

_CLIENT_ERRORS: Final = (GraphQLError, CannotGetOperationTypeError, InvalidOperationTypeError)
_log = structlog.get_logger("api")


def is_ours(error: GraphQLError) -> bool:
    """True for a fault of ours. What goes wrong before a field is resolved is about the client's values."""
    original = error.original_error
    if original is None or isinstance(original, _CLIENT_ERRORS):
        return False
    return error.path is not None or not isinstance(original, ValueError | TypeError)


def log_errors(errors: list[GraphQLError]) -> None:
    """Ours only, with the stack and the place in the graph; never values, which may be secrets."""
    for error in errors:
        if is_ours(error):
            _log.error("field_failed", path=error.path, exc_info=error.original_error)


class MaskedErrors(MaskErrors):
    """Every error leaves with a code; ours leave without their message."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=is_ours)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        masked = super().anonymise_error(error)
        masked.extensions = {"code": "INTERNAL_ERROR"}
        return masked

    def _process_errors(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        return [_with_code(error) for error in super()._process_errors(errors)]


class FreshLoaders(SchemaExtension):
    """Gives each operation loaders of its own: those of a connection would answer for ever from what they read once."""

    def on_operation(self) -> Iterator[None]:
        context: Any = self.execution_context.context
        self.execution_context.context = replace(context, loaders={})
        yield


def _with_code(error: GraphQLError) -> GraphQLError:
    if "code" not in (error.extensions or {}):
        if isinstance(error, GraphQLSyntaxError):
            code = "GRAPHQL_PARSE_FAILED"
        else:
            code = "GRAPHQL_VALIDATION_FAILED" if error.path is None else "BAD_USER_INPUT"
        error.extensions = {**(error.extensions or {}), "code": code}
    return error
