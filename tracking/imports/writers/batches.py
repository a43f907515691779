"""What every writer of a kind of rows gets and answers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.imports.rules import RowResult


class Batch(NamedTuple):
    """Rows to write in the caller's transaction. Their form is right and what they need is there."""

    connection: BaseDBAsyncClient
    account_id: int
    campaign_id: int | None
    rows: Sequence[Mapping[str, str]]


# One result for each row, in order. Raises InterferedError when something else changed what was just read.
Writer: TypeAlias = Callable[[Batch], Awaitable[list[RowResult]]]


class InterferedError(Exception):
    """Another call made or changed the same rows meanwhile: the batch has to be tried anew."""
