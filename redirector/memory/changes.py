"""Drops from memory what changed in PostgreSQL: a task of its own reads the change log twice a second (rule 8)."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

import asyncpg
import structlog

from redirector.counters import Counters
from redirector.memory.cache import LinkCache
from redirector.memory.unknown import UnknownSlugs
from redirector.recording.redis_connection import RedisConnection, RedisError, connect
from tracking.changes.queries import KEPT_S, read_recent_changes
from tracking.changes.rules import ChangeKind
from tracking.clock import uptime_s
from tracking.database import TRANSIENT_ERRORS
from tracking.settings import Settings
from tracking.streams import CHANGES_CHANNEL

READ_EVERY_S: Final = 0.5
READ_TIMEOUT_S: Final = 2.0

log = structlog.get_logger()

Watcher = Callable[[int | None, int], None]
"""Told the kind and id of what changed; a kind of None means that anything may have."""


class ChangeFeed:
    """Its connection is its own: whatever holds up the pool does not hold up an archive.

    `epoch` grows with every read that found something new. A fill that began in an older epoch may hold an old row.
    """

    def __init__(self, settings: Settings, cache: LinkCache, unknown: UnknownSlugs, counters: Counters) -> None:
        self._settings = settings
        self._cache = cache
        self._unknown = unknown
        self._counters = counters
        self._seen: set[int] = set()
        self._read_at = uptime_s()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watchers: list[Watcher] = []
        self.epoch = 0
        self.trouble: str | None = None  # with what the last read failed

    @property
    def age_s(self) -> float:
        """How long ago the log was read last."""
        return uptime_s() - self._read_at

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep_reading()), asyncio.create_task(self._keep_listening())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep_reading(self) -> None:
        while True:
            try:
                await self._read_until_it_fails()
            except TRANSIENT_ERRORS as error:
                self._note_trouble(error)
                log.warning("change log unreadable", error=type(error).__name__, age_s=round(self.age_s, 1))
            except Exception as error:  # whatever it is, a feed that ends would keep archived links alive
                self._note_trouble(error)
                log.exception("change log unreadable", age_s=round(self.age_s, 1))
            self._forget_what_is_too_stale()
            await self._rest()

    def _note_trouble(self, error: BaseException) -> None:
        self._counters.change_log_failures += 1
        is_unmigrated = isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError)
        self.trouble = "the database lacks tables, run `creatrail migrate`" if is_unmigrated else type(error).__name__

    async def _read_until_it_fails(self) -> None:
        connection = await asyncpg.connect(self._settings.database_url, timeout=READ_TIMEOUT_S)
        try:
            while True:
                since_s = min(self.age_s, KEPT_S)
                self._apply(await read_recent_changes(connection, since_s, timeout_s=READ_TIMEOUT_S))
                await self._rest()
        finally:
            connection.terminate()

    def _apply(self, rows: list[Any]) -> None:
        if self.age_s > KEPT_S:
            self._cache.clear()
            self._unknown.clear()
            self._tell(None, 0)
        self._read_at = uptime_s()
        self.trouble = None
        new = [row for row in rows if row["seq"] not in self._seen]
        self._seen = {row["seq"] for row in rows}
        if new:
            self.epoch += 1
            self._counters.changes_seen += len(new)
            for row in new:
                self._drop(row["kind"], row["ref_id"], row["address"])
                self._tell(row["kind"] if row["kind"] in _KINDS else None, row["ref_id"])
        self._counters.change_log_reads += 1

    def _drop(self, kind: int, ref_id: int, address: str | None) -> None:
        """A kind that only a newer version knows may concern anything."""
        if address is not None:
            host, _, slug = address.partition("/")
            self._cache.drop(host, slug)
            self._unknown.drop(host, slug)
        elif kind in _OWNERS:
            owner = _OWNERS[kind]
            self._cache.drop_where(lambda entry: owner(entry) == ref_id)
        else:
            self._cache.clear()
            self._unknown.clear()

    def _tell(self, kind: int | None, ref_id: int) -> None:
        for watcher in self._watchers:
            watcher(kind, ref_id)

    def _forget_what_is_too_stale(self) -> None:
        limit_s = self._settings.stale_max_s
        if limit_s is not None and self.age_s > limit_s:
            self._cache.clear()
            self._tell(None, 0)

    async def _rest(self) -> None:
        """Until it is time to read again, or somebody says that there is something to read."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READ_EVERY_S):  # wait_for of Python 3.11 may swallow a cancellation
                await self._wake.wait()
        self._wake.clear()

    async def _keep_listening(self) -> None:
        """Calls over Redis only make it faster: the log is read anyway."""
        while True:
            with contextlib.suppress(OSError, RedisError, TimeoutError):
                await self._listen(await connect(self._settings.redis_url))
            await asyncio.sleep(READ_EVERY_S)

    async def _listen(self, connection: RedisConnection) -> None:
        try:
            await connection.ask("SUBSCRIBE", CHANGES_CHANNEL)
            connection.on_push = lambda _: self._wake.set()
            self._wake.set()
            await connection.lost
        finally:
            connection.close()


_KINDS: Final = frozenset(ChangeKind)
_OWNERS: Final[dict[int, Callable[[Any], int | None]]] = {
    ChangeKind.LINK: lambda entry: entry.link_id,
    ChangeKind.DELIVERABLE: lambda entry: entry.terms.deliverable_id,
    ChangeKind.CAMPAIGN: lambda entry: entry.campaign_id,
    ChangeKind.CREATOR: lambda entry: entry.creator_id,
    ChangeKind.ACCOUNT: lambda entry: entry.account.account_id,
    ChangeKind.OFFER: lambda entry: entry.terms.offer_id,
}
