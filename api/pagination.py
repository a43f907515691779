"""Keyset pages: a cursor holds the sort key of its row, so that rows which arrive while somebody pages shift nothing.

A resolver reads its arguments with `read_page`, fetches the rows of `page.window` and hands them to `make_connection`.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import GenericAlias
from typing import Annotated, Any, Final, Generic, NamedTuple, TypeAlias, TypeVar

import msgspec
import strawberry

from api.enums import publish_enum
from api.errors import refuse_input
from tracking.paging import Window

Node = TypeVar("Node")
Row = TypeVar("Row")

MAX_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
_BIGINT: Final = 2**63


class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


publish_enum(
    OrderDirection,
    "Which end of an order comes first.",
    {OrderDirection.ASC: "The smallest, the oldest, A.", OrderDirection.DESC: "The largest, the newest, Z."},
)

First: TypeAlias = Annotated[int | None, strawberry.argument(description="How many of the next; 50 when left out.")]
After: TypeAlias = Annotated[str | None, strawberry.argument(description="Only what follows this cursor.")]
Last: TypeAlias = Annotated[int | None, strawberry.argument(description="How many of those before `before`.")]
Before: TypeAlias = Annotated[str | None, strawberry.argument(description="Only what precedes this cursor.")]


@strawberry.type(description="Where a page begins and ends, and whether there is more.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="True when more follows.")
    has_previous_page: bool = strawberry.field(description="True when this page follows a cursor.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first edge.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last edge: the `after` of the next page.")


@strawberry.type(description="A node and its place in the order.")
class Edge(Generic[Node]):
    cursor: str = strawberry.field(description="Opaque; valid for the same order.")
    node: Node = strawberry.field(description="What stands here.")


@strawberry.type(description="One page of nodes.")
class Connection(Generic[Node]):
    edges: list[Edge[Node]] = strawberry.field(description="In order, each with its cursor.")
    nodes: list[Node] = strawberry.field(description="The same without cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where to go on.")


class PageArguments(NamedTuple):
    """What a client says of the page it wants."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None


@dataclass(frozen=True)
class Page:
    """`bound` is the sort key of the row that the page follows, or precedes when it `is_backward`."""

    limit: int
    bound: Sequence[Any] | None
    is_backward: bool
    order: str

    @property
    def window(self) -> Window:
        """One row more than is shown tells whether there is more."""
        return Window(self.limit + 1, self.bound, self.is_backward)


def read_page(
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    *,
    key_type: Any,
    order: str,
    max_page: int = MAX_PAGE,
) -> Page:
    """`key_type` is a tuple type such as `tuple[int]`; cursors that were given out for another `order` are refused."""
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise refuse_input("Page forwards with `first` and `after`, or backwards with `last` and `before`.")
    is_backward = last is not None or before is not None
    limit = last if is_backward else first
    if limit is not None and not 0 <= limit <= max_page:
        raise refuse_input(f"`{'last' if is_backward else 'first'}` must be from 0 to {max_page}.")
    cursor = before if is_backward else after
    bound = None if cursor is None else decode_cursor(cursor, key_type, order)
    return Page(DEFAULT_PAGE if limit is None else limit, bound, is_backward, order)


def encode_cursor(key: tuple[Any, ...], order: str) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode([order, key])).rstrip(b"=").decode()


def decode_cursor(cursor: str, key_type: Any, order: str) -> Any:
    """The sort key in it. A cursor that is not ours, or of another order, is the client's fault."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        found, key = msgspec.json.decode(text, type=GenericAlias(tuple, (str, key_type)))
    except ValueError as error:
        raise refuse_input("This cursor is not one that was given out.") from error
    if found != order:
        raise refuse_input("This cursor belongs to another order.")
    if any(isinstance(part, int) and not -_BIGINT <= part < _BIGINT for part in key):
        raise refuse_input("This cursor is not one that was given out.")
    return key


def find_shown(rows: Sequence[Row], page: Page) -> Sequence[Row]:
    """The rows of the page in the order of the list: one may be too many, and a page backwards was read backwards."""
    shown = rows[: page.limit]
    return shown[::-1] if page.is_backward else shown


def describe_page(rows: Sequence[object], page: Page, cursors: Sequence[str]) -> PageInfo:
    has_more = len(rows) > page.limit
    has_bound = page.bound is not None
    return PageInfo(
        has_next_page=has_bound if page.is_backward else has_more,
        has_previous_page=has_more if page.is_backward else has_bound,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def make_connection(
    rows: Sequence[Row], page: Page, to_node: Callable[[Row], Node], key_of: Callable[[Row], tuple[Any, ...]]
) -> Connection[Node]:
    """From the up to `limit + 1` rows that were read in the direction of the page."""
    shown = find_shown(rows, page)
    cursors = [encode_cursor(key_of(row), page.order) for row in shown]
    nodes = [to_node(row) for row in shown]
    edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, nodes, strict=True)]
    return Connection(edges=edges, nodes=nodes, page_info=describe_page(rows, page, cursors))
