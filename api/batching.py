"""What many nodes ask for at once is read together: rows by id, and the same page of different nodes."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import TypeVar

import asyncpg
from strawberry.dataloader import DataLoader

from api.context import Context

Key = TypeVar("Key")
Page = TypeVar("Page")
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


def make_row_loader(
    context: Context, find: Callable[[asyncpg.Pool, int, list[int]], Awaitable[dict[int, Row]]]
) -> DataLoader[int, Row | None]:
    """The row of each id, None for what `find` leaves out: it gets the account and ids, and answers by id."""

    async def load(ids: list[int]) -> list[Row | None]:
        found = await find(context.pool, context.account_id, ids)
        return [found.get(each) for each in ids]

    return DataLoader(load_fn=load)


def make_page_loader(
    context: Context, read: Callable[[asyncpg.Pool, int, Page, list[Key]], Awaitable[list[list[Row]]]]
) -> DataLoader[tuple[Page, Key], list[Row]]:
    """The same page of each key: `read` gets the account, a page and keys, and keeps their order."""

    async def load(wanted: list[tuple[Page, Key]]) -> list[list[Row]]:
        return await read_together(wanted, page_of=lambda each: repr(each[0]), read=read_one)

    async def read_one(wanted: list[tuple[Page, Key]]) -> list[list[Row]]:
        return await read(context.pool, context.account_id, wanted[0][0], [key for _, key in wanted])

    return DataLoader(load_fn=load, cache_key_fn=repr)
