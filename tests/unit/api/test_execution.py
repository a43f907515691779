"""What an operation remembers of its document does not grow with the events of a stream."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as LibrarysExecution

from api.execution import Execution
from api.schema import schema

pytestmark = pytest.mark.feature("R13")
DOCUMENT = "subscription { told { __typename inner { name } ... on Outer { inner { place } again: inner { name } } } }"


@strawberry.type
class Inner:
    name: str
    place: int


@strawberry.type
class Outer:
    inner: Inner


@strawberry.type
class Query:
    nothing: None = None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def told(self) -> AsyncGenerator[Outer, None]:
        for place in range(20):
            yield Outer(inner=Inner(name="one", place=place))


async def follow(kind: type[LibrarysExecution]) -> tuple[list[object], list[int]]:
    """What each event told, and how many selections were remembered after it."""
    executions: list[LibrarysExecution] = []

    def note(self: LibrarysExecution, *args: Any, **kwargs: Any) -> None:
        kind.__init__(self, *args, **kwargs)
        executions.append(self)

    noted = type("Noted", (kind,), {"__init__": note})
    watched = strawberry.Schema(Query, subscription=Subscription, execution_context_class=noted)
    told, remembered = [], []
    async for result in await watched.stream(DOCUMENT):
        told.append(getattr(result, "data", result))
        remembered.append(sum(len(vars(each)["_relevant_sub_fields"]) for each in executions))
    return told, remembered


async def test_what_is_selected_is_remembered_once_however_many_events_there_are() -> None:
    told, remembered = await follow(Execution)
    selected = {"inner": {"name": "one", "place": 7}, "again": {"name": "one"}}
    assert told[7] == {"told": {"__typename": "Outer", **selected}}
    assert len(told) == 20
    assert set(remembered) == {remembered[0]}


async def test_the_library_remembers_more_with_each_event() -> None:
    """The control of the test above; when it fails, api/execution.py is not needed any more."""
    told, remembered = await follow(LibrarysExecution)
    assert len(told) == 20
    assert remembered == [remembered[0] * events for events in range(1, 21)]


def test_the_graph_is_executed_so() -> None:
    assert schema.execution_context_class is Execution
