"""The click stream as a consumer group sees it: own backlog, what a dead worker held, and what is new."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import redis.asyncio
from redis.exceptions import OutOfMemoryError, ResponseError

from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM

# Longer than any batch takes; an entry that idles for longer belongs to a worker that is gone.
RECLAIM_IDLE_MS: Final = 30_000
BLOCK_MS: Final = 500


class StreamEntry(NamedTuple):
    entry_id: bytes
    fields: dict[bytes, bytes]  # empty when the entry was deleted while it was pending


class DeadLetter(NamedTuple):
    """An event that cannot be stored: where it came from, why, and what it was, without the visitor's address."""

    source_id: bytes
    reason: str
    version: bytes
    payload: bytes


class ClickStream:
    """One consumer of the group. Its name outlives its process, so that it finds its own backlog again."""

    def __init__(self, client: redis.asyncio.Redis, consumer: str, batch: int) -> None:
        self._client = client
        self._consumer = consumer
        self._batch = batch

    async def ensure_group(self) -> None:
        """From the first entry on: a group that was lost with its server misses nothing."""
        try:
            await self._client.xgroup_create(CLICK_STREAM, CLICK_GROUP, id="0", mkstream=True)
        except OutOfMemoryError:  # said before it is looked whether there is one
            if not await self._has_group():
                raise
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def read_backlog(self) -> list[StreamEntry]:
        """Entries that were handed to this consumer and never acknowledged, the oldest first."""
        return await self._read("0", block_ms=None)

    async def read_new(self, block_ms: int | None = BLOCK_MS) -> list[StreamEntry]:
        return await self._read(">", block_ms=block_ms)

    async def reclaim(self) -> list[StreamEntry]:
        """Take a batch over from consumers that have been silent for RECLAIM_IDLE_MS."""
        answer: Any = await self._client.xautoclaim(
            CLICK_STREAM, CLICK_GROUP, self._consumer, RECLAIM_IDLE_MS, start_id="0-0", count=self._batch
        )
        return _as_entries(answer[1])

    async def finish(self, entry_ids: Sequence[bytes], dead: Sequence[DeadLetter]) -> None:
        """Acknowledge and remove entries, and bury what could not be stored, all or nothing.

        A Redis without memory buries nothing: then those that are stored make room first.
        """
        try:
            await self._finish(entry_ids, dead)
        except OutOfMemoryError:
            left = {letter.source_id for letter in dead}
            stored = [entry_id for entry_id in entry_ids if entry_id not in left]
            if not left or not stored:
                raise
            await self._finish(stored, [])
            await self._finish(list(left), dead)

    async def _finish(self, entry_ids: Sequence[bytes], dead: Sequence[DeadLetter]) -> None:
        pipeline = self._client.pipeline(transaction=True)
        for letter in dead:
            pipeline.xadd(
                DEAD_CLICK_STREAM,
                {"src": letter.source_id, "why": letter.reason, "version": letter.version, "event": letter.payload},
            )
        pipeline.xack(CLICK_STREAM, CLICK_GROUP, *entry_ids)
        pipeline.xdel(CLICK_STREAM, *entry_ids)
        await pipeline.execute()

    async def _has_group(self) -> bool:
        if not await self._client.exists(CLICK_STREAM):
            return False
        groups: list[dict[str, Any]] = await self._client.xinfo_groups(CLICK_STREAM)
        return any(group["name"] == CLICK_GROUP.encode() for group in groups)

    async def _read(self, start: str, block_ms: int | None) -> list[StreamEntry]:
        answer: Any = await self._client.xreadgroup(
            CLICK_GROUP, self._consumer, {CLICK_STREAM: start}, count=self._batch, block=block_ms
        )
        return _as_entries(answer[0][1]) if answer else []


def _as_entries(answer: list[tuple[bytes, dict[bytes, bytes] | None]]) -> list[StreamEntry]:
    return [StreamEntry(entry_id, fields or {}) for entry_id, fields in answer]
