"""What became of each item of a bulk mutation, in one form for all of them."""

from collections.abc import Callable
from typing import TypeVar

from api.errors import describe_error
from tracking.errors import DomainError

Item = TypeVar("Item")


def make_item(kind: Callable[..., Item], place: int, node: object | None, error: DomainError | None) -> Item:
    """Of a type with the fields `index`, `ok`, `node` and `errors`."""
    return kind(index=place, ok=error is None, node=node, errors=[describe_error(error)] if error else [])
