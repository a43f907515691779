"""The present state of things that subscribers watch: read for all of them at once, in equal steps, told on change.

What is watched is asked of the tables, not of the event log: whatever changed it, and whether Redis is there or not,
the last state is always told in the end.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import Final, Generic, NamedTuple, TypeVar

import asyncpg
import structlog

from tracking.click_shards import ClickShards
from tracking.clock import uptime_s
from tracking.database import TRANSIENT_ERRORS
from tracking.job_states import JobKey, JobState, read_job_states
from tracking.reports.link_totals import LinkKey, LinkTotals, read_link_totals

Key = TypeVar("Key")
State = TypeVar("State")
LINKS_EVERY_S: Final = 1.0
JOBS_EVERY_S: Final = 0.5
READ_AT_ONCE: Final = 1_000  # between which others have their turn
_log = structlog.get_logger("api")


class Watcher(Generic[Key, State]):
    """One subscriber. What it has not taken yet is replaced by what is newer, so that it holds no more than it asked
    for, however slowly it reads.
    """

    def __init__(self, keys: Collection[Key], every_s: float) -> None:
        self.keys = keys
        self._every_s = every_s
        self._news: dict[Key, State] = {}
        self._woken = asyncio.Event()

    def offer(self, key: Key, state: State) -> None:
        self._news[key] = state
        self._woken.set()

    async def follow(self) -> AsyncGenerator[tuple[Key, State], None]:
        """In rounds that are one step apart, for ever."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            began_at_s = uptime_s()
            while self._news:
                key = next(iter(self._news))
                yield key, self._news.pop(key)
            await asyncio.sleep(max(began_at_s + self._every_s - uptime_s(), 0.0))


class Board(Generic[Key, State]):
    def __init__(self, read: Callable[[Collection[Key]], Awaitable[dict[Key, State]]], every_s: float) -> None:
        self._read = read
        self._every_s = every_s
        self._watchers: dict[Key, set[Watcher[Key, State]]] = {}
        self._known: dict[Key, State] = {}
        self._reading = asyncio.Lock()  # so that nothing older is told after something newer

    def __len__(self) -> int:
        return len(self._watchers)

    def count(self, is_meant: Callable[[Key], bool]) -> int:
        return sum(map(is_meant, self._watchers))

    @asynccontextmanager
    async def watch(self, keys: Collection[Key]) -> AsyncIterator[Watcher[Key, State]]:
        """It is told the present state of each at once."""
        watcher: Watcher[Key, State] = Watcher(keys, self._every_s)
        try:
            for key in keys:
                self._watchers.setdefault(key, set()).add(watcher)
            await self.look(keys)
            for key in keys:
                if key in self._known:
                    watcher.offer(key, self._known[key])
            yield watcher
        finally:
            for key in keys:
                watchers = self._watchers[key]
                watchers.discard(watcher)
                if not watchers:
                    del self._watchers[key]
                    self._known.pop(key, None)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            if self._watchers:
                try:
                    await self.look()
                except TRANSIENT_ERRORS as error:
                    _log.warning("board_not_read", reason=type(error).__name__)

    async def look(self, keys: Collection[Key] | None = None) -> None:
        """Read these, or all that are watched, and tell what changed."""
        wanted = list(self._watchers if keys is None else keys)
        async with self._reading:
            for first in range(0, len(wanted), READ_AT_ONCE):
                found = await self._read(wanted[first : first + READ_AT_ONCE])
                for key, state in found.items():
                    if key in self._watchers and self._known.get(key) != state:
                        self._known[key] = state
                        for watcher in self._watchers[key]:
                            watcher.offer(key, state)


class Boards(NamedTuple):
    """Of this process."""

    links: Board[LinkKey, LinkTotals]
    jobs: Board[JobKey, JobState]


def open_boards(pool: asyncpg.Pool, shards: ClickShards) -> Boards:
    return Boards(
        Board(partial(read_link_totals, pool, shards), LINKS_EVERY_S),
        Board(partial(read_job_states, pool), JOBS_EVERY_S),
    )
