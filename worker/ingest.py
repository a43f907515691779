"""The loop that takes clicks from the stream into PostgreSQL. It starts with the worker and ends only with it."""

import asyncio
from collections.abc import Callable
from typing import Final

import asyncpg
import redis.asyncio
import structlog

from tracking.bots.hosting.origins import NO_LISTS, Origins
from tracking.clicks.confirmations import confirm_stored, store_confirmations
from tracking.clicks.event import ClickEvent, Confirmation
from tracking.clicks.user_agents import UserAgents
from tracking.faults import maybe_crash
from tracking.settings import Settings
from worker.click_stream import ClickStream, DeadLetter, StreamEntry
from worker.patience import ReportSuccess, is_set_within, keep_running
from worker.poison import bury, bury_confirmation, open_entries, store_or_reject

RECLAIM_EVERY_S: Final = 1.0
LANES: Final = 4

log = structlog.get_logger()


class Ingester:
    """Takes clicks in lanes: one reads and prepares while the others' batches are in the database.

    `on_stored` is called after each commit that added clicks.
    """

    def __init__(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        client: redis.asyncio.Redis,
        on_stored: Callable[[], None] = lambda: None,
        origins: Origins = NO_LISTS,
    ) -> None:
        self._pool = pool
        self._stream = ClickStream(client, settings.worker_name, settings.ingest_batch)
        self._user_agents = UserAgents()
        self._on_stored = on_stored
        self.origins = origins
        self.stored_total = 0
        self.rejected_total = 0

    async def run(self, stopping: asyncio.Event) -> None:
        """Until stopping; then the batches in hand are finished. Every error is waited out."""

        async def consume(report_success: ReportSuccess) -> None:
            await self._catch_up()
            async with asyncio.TaskGroup() as lanes:
                lanes.create_task(self._reclaim(stopping))
                for _ in range(LANES):
                    lanes.create_task(self._follow(stopping, report_success))

        await keep_running("ingest", consume, stopping)

    async def drain(self) -> int:
        """Store what is in the stream now, and return how many clicks that added; for tests and benches."""
        before = self.stored_total
        await self._catch_up()
        async with asyncio.TaskGroup() as lanes:
            for _ in range(LANES):
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
        if opened.clicks:
            dead += await self._store_clicks(opened.clicks)
        if opened.confirmations:
            dead += await self._store_confirmations(opened.confirmations)
        self._lament(dead)
        await self._stream.finish([entry.entry_id for entry in entries], dead)

    async def _store_clicks(self, clicks: dict[bytes, ClickEvent]) -> list[DeadLetter]:
        sources = {id(event): entry_id for entry_id, event in clicks.items()}
        batch = await store_or_reject(self._pool, self._user_agents, list(clicks.values()), self.origins)
        maybe_crash("after_commit")
        dead = {id(rejected.event): bury(sources[id(rejected.event)], rejected) for rejected in batch.rejected}
        self._report(len(batch.stored))
        if await confirm_stored(self._pool, (event for event in clicks.values() if id(event) not in dead)):
            self._on_stored()
        return list(dead.values())

    async def _store_confirmations(self, confirmations: dict[bytes, Confirmation]) -> list[DeadLetter]:
        sources = {id(confirmation): entry_id for entry_id, confirmation in confirmations.items()}
        batch = await store_confirmations(self._pool, confirmations.values())
        if batch.confirmed:
            self._on_stored()
        return [bury_confirmation(sources[id(rejected.confirmation)], rejected) for rejected in batch.rejected]

    def _report(self, stored: int) -> None:
        self.stored_total += stored
        if stored:
            self._on_stored()

    def _lament(self, dead: list[DeadLetter]) -> None:
        self.rejected_total += len(dead)
        for letter in dead:
            log.warning("click rejected", reason=letter.reason, source_id=letter.source_id.decode())
