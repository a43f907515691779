"""The loop that takes events from the stream into PostgreSQL. It starts with the worker and ends only with it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

import asyncpg
import redis.asyncio
import structlog

from tracking.bots.hosting.origins import NO_LISTS, Origins
from tracking.clicks.event import VERSION
from tracking.faults import maybe_crash
from tracking.settings import Settings
from worker.click_stream import ClickStream, DeadLetter, StreamEntry
from worker.contracts import CONTRACTS, StreamEvent
from worker.event_stores import EventStores
from worker.patience import ReportSuccess, is_set_within, keep_running
from worker.poison import Store, bury, open_entries, store_or_reject

RECLAIM_EVERY_S: Final = 1.0
LANES: Final = 4
FEWEST_LANES: Final = 2  # of a shard

log = structlog.get_logger()


def find_lanes(shards: int) -> int:
    """Of each shard, so that one process has as many batches in hand, however many it reads."""
    return max(FEWEST_LANES, LANES // shards)


class Ingester:
    """Takes events in lanes: one reads and prepares while the others' batches are in the database.

    `on_stored` is called after each commit that left something to fold and to relay.
    """

    def __init__(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        client: redis.asyncio.Redis,
        on_stored: Callable[[], None] = lambda: None,
        origins: Origins = NO_LISTS,
        *,
        lanes: int = LANES,
    ) -> None:
        self._lanes = lanes
        self.stores: Mapping[bytes, Store[Any]] = EventStores(pool, origins).by_version
        self._stream = ClickStream(client, settings.worker_name, settings.ingest_batch)
        self._on_stored = on_stored
        self.origins = origins
        self.added: Counter[bytes] = Counter()  # by version
        self.rejected: Counter[bytes] = Counter()

    @property
    def stored_total(self) -> int:
        """Clicks that this process added."""
        return self.added[VERSION]

    async def run(self, stopping: asyncio.Event) -> None:
        """Until stopping; then the batches in hand are finished. Every error is waited out."""

        async def consume(report_success: ReportSuccess) -> None:
            await self._catch_up()
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._reclaim(stopping))
                for _ in range(self._lanes):
                    lanes.create_task(self._follow(stopping, report_success))

        await keep_running("ingest", consume, stopping)

    async def drain(self) -> int:
        """Store what is in the stream now, and return how many clicks that added; for tests and benches."""
        before = self.stored_total
        await self._catch_up()
        async with asyncio.TaskGroup() as lanes:
            for _ in range(self._lanes):
                lanes.create_task(self._empty())
        return self.stored_total - before

    async def _catch_up(self) -> None:
        """What this consumer was handed before it stopped or failed comes first."""
        await self._stream.ensure_group()
        while entries := await self._stream.read_backlog():
            await self._handle(entries)

    async def _follow(self, stopping: asyncio.Event, report_success: ReportSuccess) -> None:
        while not stopping.is_set():
            await self._handle(await self._stream.read_new())
            report_success()

    async def _empty(self) -> None:
        while entries := await self._stream.read_new(block_ms=None):
            await self._handle(entries)

    async def _reclaim(self, stopping: asyncio.Event) -> None:
        while not await is_set_within(stopping, RECLAIM_EVERY_S):
            await self._handle(await self._stream.reclaim())

    async def _handle(self, entries: list[StreamEntry]) -> None:
        if not entries:
            return
        maybe_crash("after_read")
        opened = open_entries(entries)
        dead = opened.dead
        for version, events in opened.events.items():
            if events:
                dead += await self._store(version, events)
        self._lament(dead)
        await self._stream.finish([entry.entry_id for entry in entries], dead)

    async def _store(self, version: bytes, events: dict[bytes, StreamEvent]) -> list[DeadLetter]:
        """Answers with those to bury."""
        sources = {id(event): entry_id for entry_id, event in events.items()}
        stored = await store_or_reject(self.stores[version], list(events.values()))
        self.added[version] += stored.added
        if stored.has_news:
            self._on_stored()
        return [bury(sources[id(each.event)], version, each) for each in stored.rejected]

    def _lament(self, dead: list[DeadLetter]) -> None:
        for letter in dead:
            # what no version is named after is counted as one
            self.rejected[letter.version if letter.version in CONTRACTS else b""] += 1
            log.warning("event rejected", reason=letter.reason, source_id=letter.source_id.decode())
