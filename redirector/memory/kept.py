"""Rows that are kept in memory besides links: of hosts, offers and keys. The change feed drops what changed."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

import asyncpg
import structlog

from redirector.counters import Counters
from redirector.memory.changes import ChangeFeed
from redirector.memory.resolver import UnavailableError
from tracking.clock import uptime_s
from tracking.database import TRANSIENT_ERRORS

DEADLINE_S: Final = 1.0
REREAD_AFTER_S: Final = 5.0
MAX_TRIES: Final = 3
MAX_BATCH: Final = 500
MAX_ENTRIES: Final = 20_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Read = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]]

log = structlog.get_logger()


class _Entry(NamedTuple, Generic[Value]):
    value: Value | None  # None: there was no such row
    read_at_s: float


class Kept(Generic[Key, Value]):
    """Bounded. What is asked for at once is one query, and one key is asked for once.

    What is older than REREAD_AFTER_S is read again beside the answer, and served as long as PostgreSQL does not answer.
    """

    def __init__(self, read: Read[Key, Value], feed: ChangeFeed, counters: Counters) -> None:
        self._read = read
        self._feed = feed
        self._counters = counters
        self._entries: dict[Key, _Entry[Value]] = {}
        self._asked: dict[Key, asyncio.Future[Value | None]] = {}
        self._waiting: list[Key] = []
        self._query: asyncio.Task[None] | None = None

    async def find(self, key: Key) -> Value | None:
        """None when there is no such row. Raises UnavailableError when nobody can tell."""
        value = self.recall(key)
        if value is not None:
            return value
        entry = self._entries.get(key)
        if entry is not None and entry.read_at_s > uptime_s() - REREAD_AFTER_S:
            return None
        return await asyncio.shield(self._ask_for(key))

    def recall(self, key: Key) -> Value | None:
        """What is in memory, without waiting for anybody. None says nothing."""
        entry = self._entries.get(key)
        if entry is None or entry.value is None:
            return None
        if entry.read_at_s <= uptime_s() - REREAD_AFTER_S:
            self._ask_for(key)
        return entry.value

    def drop_where(self, is_dropped: Callable[[Key, Value], bool]) -> None:
        """Those, and whatever was not there: it may be now."""
        self._entries = {
            key: entry
            for key, entry in self._entries.items()
            if entry.value is not None and not is_dropped(key, entry.value)
        }

    def clear(self) -> None:
        self._entries.clear()

    async def close(self) -> None:
        if self._query is not None:
            await asyncio.gather(self._query, return_exceptions=True)

    def _ask_for(self, key: Key) -> "asyncio.Future[Value | None]":
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda done: done.exception())  # nobody may be waiting for a second reading
            self._waiting.append(key)
            if self._query is None:
                self._query = asyncio.create_task(self._ask())
        return future

    async def _ask(self) -> None:
        """One query at a time; what is asked for meanwhile is the next."""
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._answer(batch)
        finally:
            self._query = None

    async def _answer(self, batch: list[Key]) -> None:
        try:
            async with asyncio.timeout(DEADLINE_S):
                found = await self._read_settled(batch)
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
            self._counters.resolve_failures += 1
            self._refuse(batch, error)
        except Exception as error:
            log.exception("rows not read", rows=len(batch))
            self._refuse(batch, error)
        else:
            for key in batch:
                self._asked.pop(key).set_result(found.get(key))

    def _refuse(self, batch: list[Key], error: Exception) -> None:
        for key in batch:
            self._asked.pop(key).set_exception(UnavailableError(type(error).__name__))

    async def _read_settled(self, batch: list[Key]) -> Mapping[Key, Value]:
        """Ask, and ask again when the change log moved meanwhile: an old row must not be put back (rule 8)."""
        found: Mapping[Key, Value] = {}
        for _ in range(MAX_TRIES):
            epoch, read_at_s = self._feed.epoch, uptime_s()
            self._counters.resolve_queries += 1
            found = await self._read(batch)
            if epoch == self._feed.epoch:
                self._keep(batch, found, read_at_s)
                break
        return found

    def _keep(self, batch: list[Key], found: Mapping[Key, Value], read_at_s: float) -> None:
        for key in batch:
            if key not in self._entries and len(self._entries) >= MAX_ENTRIES:
                self._evict()
            self._entries[key] = _Entry(found.get(key), read_at_s)

    def _evict(self) -> None:
        """What is not there goes first, so that garbage pushes out nothing that is."""
        empty = [key for key, entry in self._entries.items() if entry.value is None]
        for key in empty or [next(iter(self._entries))]:
            del self._entries[key]
