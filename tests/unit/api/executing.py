"""A schema whose values are often wrong, and what is asked of it, for tests of how operations are executed."""

import asyncio
import datetime as dt
import enum
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig

from api.scalars import SCALARS, BigInt
from tests.against_stock import ComparedExecution, write

MOMENT = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


@strawberry.enum
class Kind(enum.Enum):
    CREATOR = "creator"
    CUSTOM = "custom"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    name: str
    id: strawberry.ID
    text: str | None
    count: int
    big: BigInt
    share: float
    is_on: bool
    kind: Kind
    at: dt.datetime
    tags: list[str]
    seen: list[int | None] | None


@strawberry.type
class Other(Named):
    name: str


@strawberry.type
class Tree(Named):
    name: str
    leaf: Leaf
    maybe: Leaf | None
    leaves: list[Leaf]
    maybes: list[Leaf | None] | None
    named: Named
    either: Leaf | Other | None

    @strawberry.field
    async def late(self) -> Leaf:
        await asyncio.sleep(0)
        return self.leaf

    @strawberry.field
    def method(self, times: int = 1) -> str:
        return self.name * times


def make_leaf(**changes: Any) -> Leaf:
    values: dict[str, Any] = {
        "name": "leaf",
        "id": "7",
        "text": None,
        "count": 3,
        "big": 2**40,
        "share": 0.5,
        "is_on": True,
        "kind": Kind.CREATOR,
        "at": MOMENT,
        "tags": ["a", "b"],
        "seen": [1, None],
    }
    return Leaf(**{**values, **changes})


def make_tree(**changes: Any) -> Tree:
    leaf = make_leaf()
    values: dict[str, Any] = {
        "name": "tree",
        "leaf": leaf,
        "maybe": None,
        "leaves": [leaf, make_leaf(name="second")],
        "maybes": [leaf, None],
        "named": Other(name="other"),
        "either": leaf,
    }
    return Tree(**{**values, **changes})


@strawberry.type
class Query:
    @strawberry.field
    async def tree(self, info: strawberry.Info) -> Tree:
        tree: Tree = info.context
        return tree

    @strawberry.field
    async def maybe_tree(self, info: strawberry.Info) -> Tree | None:
        tree: Tree = info.context
        return tree


schema = strawberry.Schema(
    Query,
    types=[Leaf, Other],
    execution_context_class=ComparedExecution,
    config=StrawberryConfig(scalar_map=SCALARS),
)


async def answer(query: str, tree: Tree, **variables: Any) -> str:
    """Data and errors. AssertionError where graphql-core alone would answer something else."""
    result = await schema.execute(query, variable_values=variables, context_value=tree)
    for error in result.errors or ():
        if isinstance(error.original_error, AssertionError):
            raise error.original_error
    return write((result.data, [(each, None) for each in result.errors or () if isinstance(each, GraphQLError)]))
