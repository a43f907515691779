"""Executes what is selected twice, quickly and as graphql-core does, and fails where the two differ in a single byte.

Only below what a mutation did: what reads may be read twice.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from inspect import isawaitable
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, OperationType
from graphql.execution.collect_fields import GroupedFieldSet
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from api.execution import Execution
from api.schema import schema


class ComparedExecution(Execution):
    """The answer is the quick one, as long as it is the same."""

    is_inside = False

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> Any:
        if self.is_inside or (self.operation.operation is OperationType.SUBSCRIPTION and path is None):
            return super().execute_fields(parent_type, source_value, path, grouped_field_set, position_context)
        return self._compare(parent_type, source_value, path, grouped_field_set, position_context)

    async def _compare(self, *selected: Any) -> Any:
        quick = await self._try(True, *selected)
        stock = await self._try(False, *selected)
        assert write(quick) == write(stock), f"quick: {write(quick)}\nstock: {write(stock)}"
        answer, errors = quick
        for error, path in errors:
            self.collected_errors.add(error, path)
        if isinstance(answer, GraphQLError):
            raise answer
        return answer

    async def _try(self, is_quick: bool, *selected: Any) -> tuple[Any, list[tuple[GraphQLError, Any]]]:
        one = copy(self)
        one.is_inside = True
        one._is_quick = self._is_quick and is_quick
        noted = _NotedErrors()
        one.collected_errors = noted
        try:
            answer = one.execute_fields(*selected)
            if isawaitable(answer):
                answer = await answer
        except GraphQLError as error:
            answer = error
        return answer, noted.noted


class _NotedErrors(CollectedErrors):
    def __init__(self) -> None:
        super().__init__()
        self.noted: list[tuple[GraphQLError, Path | None]] = []

    def add(self, error: GraphQLError, path: Path | None) -> None:
        before = len(self.errors)
        super().add(error, path)
        if len(self.errors) > before:
            self.noted.append((error, path))


def write(outcome: tuple[Any, list[tuple[GraphQLError, Any]]]) -> str:
    answer, errors = outcome
    told = answer.formatted if isinstance(answer, GraphQLError) else answer
    return json.dumps([told, [error.formatted for error, _ in errors]], default=str)


@contextmanager
def compared_with_stock(execution: type[Execution] = ComparedExecution) -> Iterator[None]:
    before = schema.execution_context_class
    schema.execution_context_class = execution
    try:
        yield
    finally:
        schema.execution_context_class = before
