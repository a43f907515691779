"""Pages of many nodes at once: what asks for the same page of different nodes is read together."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

Key = TypeVar("Key")
Row = TypeVar("Row")


async def read_together(
    keys: Sequence[Key], *, page_of: Callable[[Key], Hashable], read: Callable[[list[Key]], Awaitable[list[list[Row]]]]
) -> list[list[Row]]:
    """The rows of each key, in the order of `keys`. `read` gets keys of one page at a time, and keeps their order."""
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(page_of(key), []).append(place)
    found: list[list[Row]] = [[] for _ in keys]
    for together in places.values():
        for place, rows in zip(together, await read([keys[each] for each in together]), strict=True):
            found[place] = rows
    return found
