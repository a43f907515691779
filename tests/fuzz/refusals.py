"""What is wrong with an answer while every store is up: a fault of ours, or a row that a refused request added."""

from collections.abc import Container
from typing import Self

import asyncpg
import redis.asyncio

from tests.fuzz.bad_inputs.inputs import Rows
from tests.fuzz.site import find_new, write_count
from tracking.streams import CLICK_STREAM


class Ledger:
    """Counts the rows of every table and the entries of the stream, from one request to the next."""

    def __init__(self, pool: asyncpg.Pool, client: redis.asyncio.Redis, query: str) -> None:
        self._pool, self._redis, self._query = pool, client, query
        self._counted: Rows = {}

    @classmethod
    async def open(cls, pool: asyncpg.Pool, client: redis.asyncio.Redis) -> Self:
        ledger = cls(pool, client, await write_count(pool))
        await ledger.find_new()
        return ledger

    async def find_new(self) -> Rows:
        """What came or went since this was asked last."""
        counts: dict[str, int] = dict(await self._pool.fetchrow(self._query))
        before, self._counted = self._counted, counts | {"clicks": await self._redis.xlen(CLICK_STREAM)}
        return find_new(before, self._counted)


def find_wrong(status: int, documented: Container[str], new: Rows, *, is_refused: bool) -> list[str]:
    """Nothing, for an answer as it should be."""
    wrong = []
    if status >= 500:
        wrong.append(f"{status}, though every store is up")
    if str(status) not in documented:
        wrong.append(f"{status}, which is not documented")
    if is_refused and new:
        wrong.append(f"refused, and yet {dict(new)}")
    return wrong
