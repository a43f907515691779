"""Finds links that are not in memory: misses that come together are one query, and one miss is asked for once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg
import structlog

from redirector.counters import Counters
from redirector.facts import Headers
from redirector.memory.cache import LinkCache
from redirector.memory.changes import ChangeFeed
from redirector.memory.entries import EntryReader, LinkEntry
from redirector.memory.unknown import UnknownSlugs
from redirector.pages import Page
from tracking.database import TRANSIENT_ERRORS
from tracking.links.queries import resolve

DEADLINE_S: Final = 1.0
BATCH: Final = 500
MAX_QUERIES: Final = 4
MAX_TRIES: Final = 3

Address = tuple[str, str]
FindLink = Callable[[Any, Headers, str], Awaitable[LinkEntry | Page]]
"""The link of a slug on the host that was asked, archived ones too; or the page that refuses."""

log = structlog.get_logger()


class UnavailableError(Exception):
    """PostgreSQL did not answer, and the link is not in memory."""


class Resolver:
    def __init__(
        self, pool: asyncpg.Pool, cache: LinkCache, unknown: UnknownSlugs, feed: ChangeFeed, counters: Counters
    ) -> None:
        self._pool = pool
        self._cache = cache
        self._unknown = unknown
        self._feed = feed
        self._counters = counters
        self._entries = EntryReader()
        self._asked: dict[Address, asyncio.Future[LinkEntry | None]] = {}
        self._waiting: list[Address] = []
        self._queries: set[asyncio.Task[None]] = set()

    async def find(self, host: str, slug: str) -> LinkEntry | None:
        """The link, None when there is none. Raises UnavailableError when nobody can tell."""
        entry = self._cache.get(host, slug)
        if entry is not None or self._unknown.holds(host, slug):
            return entry
        address = (host, slug)
        future = self._asked.get(address)
        if future is None:
            future = self._asked[address] = asyncio.get_running_loop().create_future()
            self._waiting.append(address)
            if len(self._waiting) == 1:
                asyncio.get_running_loop().call_soon(self._ask)
        return await asyncio.shield(future)

    async def close(self) -> None:
        await asyncio.gather(*self._queries, return_exceptions=True)

    def _ask(self) -> None:
        """As few queries as there may be at once; what is left waits for one of them to end."""
        while self._waiting and len(self._queries) < MAX_QUERIES:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            query = asyncio.create_task(self._query(batch))
            self._queries.add(query)
            query.add_done_callback(self._finish)

    def _finish(self, query: "asyncio.Task[None]") -> None:
        self._queries.discard(query)
        self._ask()

    async def _query(self, batch: list[Address]) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = await self._read(batch)
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
            self._counters.resolve_failures += 1
            self._refuse(batch, error)
            return
        except Exception as error:
            log.exception("links not resolved", links=len(batch))
            self._refuse(batch, error)
            return
        for address in batch:
            self._asked.pop(address).set_result(found.get(address))

    def _refuse(self, batch: list[Address], error: Exception) -> None:
        """Answer whoever waits: an address without answer would be waited for for ever."""
        for address in batch:
            self._asked.pop(address).set_exception(UnavailableError(type(error).__name__))

    async def _read(self, batch: list[Address]) -> dict[Address, LinkEntry]:
        """Ask, and ask again when the change log moved meanwhile: an old row must not be put back (rule 8).

        Where it moves all the time, the answer is given without being kept.
        """
        rows: list[Any] = []
        for _ in range(MAX_TRIES):
            epoch = self._feed.epoch
            self._counters.resolve_queries += 1
            rows = await resolve(self._pool, batch, timeout_s=DEADLINE_S)
            if epoch == self._feed.epoch:
                return self._keep(batch, rows)
        return {address: self._entries.read(row) for address, row in _pair(batch, rows)}

    def _keep(self, batch: list[Address], rows: list[Any]) -> dict[Address, LinkEntry]:
        found = {}
        for address, row in _pair(batch, rows):
            found[address] = entry = self._entries.read(row)
            self._cache.put(address[0], row["slug"], entry)
        for host, slug in batch:
            if (host, slug) not in found:
                self._unknown.add(host, slug)
        return found


def _pair(batch: list[Address], rows: list[Any]) -> list[tuple[Address, Any]]:
    return [(batch[row["place"] - 1], row) for row in rows]
