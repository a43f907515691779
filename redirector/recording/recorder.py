"""Makes clicks durable: everything of one turn of the event loop in one write to Redis, or on disk when that fails.

Where several Redis share the stream, turns take them in turn, and pass over those that do not take writes
(docs/adr/0032-shards-take-turns.md).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from redirector.counters import Counters
from redirector.recording.redis_connection import RedisError
from redirector.recording.shard import REPLAY_BATCH, Answer, Batch, Shard
from redirector.recording.spool import Spool, SpoolFile
from tracking.faults import maybe_crash
from tracking.settings import Settings

RETRY_EVERY_S: Final = 0.5
LOOK_EVERY_S: Final = 0.05
SPOOL_DEADLINE_S: Final = 1.0
MAX_WAITING_BATCHES: Final = 10_000  # for a disk that hangs

Record = Callable[[bytes], "asyncio.Future[bool]"]
"""Makes a record durable, or says that it could not."""

log = structlog.get_logger()


class Recorder:
    def __init__(self, settings: Settings, counters: Counters) -> None:
        self._deadline_s = settings.record_deadline_ms / 1_000
        self._counters = counters
        self._spool = Spool(settings.spool_dir, settings.spool_max_bytes)
        self._disk = ThreadPoolExecutor(1, "spool")
        self._shards = deque(Shard(url, counters) for url in settings.click_stream_urls)
        self._records: list[bytes] = []
        self._answers: list[Answer] = []
        self._future: asyncio.Future[bool] | None = None
        self._to_spool: deque[Batch] = deque()
        self._spooling: asyncio.Task[None] | None = None
        self._replayed: dict[Path, int] = {}  # of files that are not done, how many batches
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()

    @property
    def is_connected(self) -> bool:
        """To every Redis of the stream."""
        return all(shard.is_connected for shard in self._shards)

    @property
    def spool_bytes(self) -> int:
        return self._spool.size_bytes

    @property
    def disk_free_bytes(self) -> int:
        return self._spool.free_bytes

    async def start(self) -> None:
        """Connect if Redis is there; if not, clicks go to the spool until it is."""
        await asyncio.gather(*(shard.reconnect() for shard in self._shards))
        loops = [self._keep_connected(shard) for shard in self._shards]
        self._tasks = [asyncio.create_task(loop) for loop in (*loops, self._keep_replaying(), self._watch_deadlines())]

    async def close(self) -> None:
        """Settle what has been recorded, then stop. The rest of the spool is replayed by whoever comes next."""
        while unsettled := self._list_unsettled():
            await asyncio.wait(unsettled)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(self._save_ring, self._shards))
        await self._loop.run_in_executor(self._disk, self._spool.close)
        self._disk.shutdown()
        for shard in self._shards:
            shard.give_up_connection()

    def record(self, record: bytes) -> "asyncio.Future[bool]":
        """A future shared with the other clicks of this turn: True once they are durable, False when nothing helped."""
        self._records.append(record)
        future = self._future
        if future is None:
            future = self._future = self._loop.create_future()
            self._loop.call_soon(self._flush)
        return future

    def record_then(self, record: bytes, answer: Answer) -> None:
        """The same without a task that waits: `answer` is called in a later turn, with what the future would say."""
        self.record(record)
        self._answers.append(answer)

    def _list_unsettled(self) -> "list[asyncio.Future[Any]]":
        sent = [batch for shard in self._shards for batch in shard.sent]
        waiting: list[asyncio.Future[Any]] = [batch.future for batch in (*sent, *self._to_spool)]
        return waiting + [future for future in (self._future, self._spooling) if future is not None]

    def _flush(self) -> None:
        future, records, answers = self._future, self._records, self._answers
        assert future is not None  # noqa: S101 -- record() made it before it called for this
        self._future, self._records, self._answers = None, [], []
        batch = Batch(records, answers, future, self._loop.time())
        shard = self._find_shard()
        if shard is None:
            self._put_on_disk(batch)
            return
        shard.send(batch).add_done_callback(partial(self._take_reply, shard, batch))

    def _find_shard(self) -> Shard | None:
        """The next one that takes writes: the stream has no order that would be lost (rule 6)."""
        shards = self._shards
        for _ in range(len(shards)):
            shard = shards[0]
            shards.rotate(-1)
            if shard.takes_writes:
                return shard
        return None

    def _take_reply(self, shard: Shard, batch: Batch, reply: "asyncio.Future[Any]") -> None:
        shard.sent.remove(batch)
        if reply.exception() is None:
            maybe_crash("after_xadd")
            self._counters.clicks_recorded += len(batch.records)
            shard.ring.add(batch.records)
            batch.settle(is_durable=True)
            return
        self._counters.redis_failures += 1
        shard.give_up_connection()
        self._put_on_disk(batch)

    def _put_on_disk(self, batch: Batch) -> None:
        batch.began_at = self._loop.time()
        if len(self._to_spool) >= MAX_WAITING_BATCHES:
            self._settle_spooled(batch, is_durable=False)
            return
        self._to_spool.append(batch)
        if self._spooling is None:
            self._spooling = asyncio.create_task(self._write_spool())

    async def _write_spool(self) -> None:
        """All that waits in one fsync, again until nothing waits."""
        try:
            while self._to_spool:
                batches = list(self._to_spool)
                records = [record for batch in batches for record in batch.records]
                is_durable = await self._try_spool(records)
                for batch in batches:
                    self._to_spool.popleft()
                    self._settle_spooled(batch, is_durable=is_durable)
        finally:
            self._spooling = None

    async def _try_spool(self, records: list[bytes]) -> bool:
        try:
            await self._loop.run_in_executor(self._disk, self._spool.write, records)
        except OSError as error:
            log.warning("clicks are not durable", clicks=len(records), error=str(error))
            return False
        return True

    def _settle_spooled(self, batch: Batch, *, is_durable: bool) -> None:
        if is_durable:
            self._counters.clicks_spooled += len(batch.records)
        elif not batch.future.done():
            self._counters.clicks_not_durable += len(batch.records)
        batch.settle(is_durable=is_durable)

    async def _watch_deadlines(self) -> None:
        """A late reply ends the connection, which sends its clicks to disk; a disk that hangs is not awaited."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now = self._loop.time()
            for shard in self._shards:
                if shard.sent and shard.sent[0].began_at < now - self._deadline_s + LOOK_EVERY_S:
                    shard.give_up_connection()
                if shard.is_connected:
                    shard.ring.drop_synced()
            for batch in self._to_spool:
                if batch.began_at < now - SPOOL_DEADLINE_S:
                    self._settle_spooled(batch, is_durable=False)

    async def _keep_connected(self, shard: Shard) -> None:
        while True:
            await shard.wait_for_loss()
            await shard.reconnect()
            self._save_ring(shard)
            await asyncio.sleep(RETRY_EVERY_S)

    def _save_ring(self, shard: Shard) -> "asyncio.Task[None]":
        """What a Redis that is gone acknowledged last may be gone with it, and this process be the next to go.

        A task of its own: a disk that hangs keeps nobody from a Redis that is back.
        """
        if shard.saving is None or shard.saving.done():
            shard.saving = asyncio.create_task(self._save_while_away(shard))
        return shard.saving

    async def _save_while_away(self, shard: Shard) -> None:
        """In small pieces, as new clicks wait for the same thread. What is written twice has one id all the same."""
        while not shard.is_connected and (oldest := shard.ring.read_oldest(REPLAY_BATCH)):
            records = [record for batch in oldest for record in batch.records]
            try:
                await self._loop.run_in_executor(self._disk, self._spool.write, records)
            except OSError as error:
                log.warning("what Redis acknowledged last is in memory alone", error=str(error))
                return
            shard.ring.drop(oldest)
            self._counters.clicks_respooled += len(records)

    async def _keep_replaying(self) -> None:
        while True:
            await asyncio.sleep(RETRY_EVERY_S)
            try:
                if any(shard.is_connected for shard in self._shards):
                    await self._replay()
            except (OSError, RedisError) as error:
                log.warning("spool waits", error=str(error))

    async def _replay(self) -> None:
        """Everything on disk that no living process is writing, with the ids that the clicks have had all along."""
        while claimed := await self._claim():
            try:
                while claimed:
                    await self._replay_file(claimed.popleft())
            finally:
                for waiting in claimed:  # a file that stays locked would never be claimed again
                    waiting.release()
        await self._loop.run_in_executor(self._disk, self._spool.measure)

    async def _claim(self) -> deque[SpoolFile]:
        """Our own file once all others are sent: while a Redis refuses them, it grows in place of their number."""
        claimed = await self._loop.run_in_executor(self._disk, self._spool.claim)
        if not claimed and self._spooling is None:
            await self._loop.run_in_executor(self._disk, self._spool.close)
            claimed = await self._loop.run_in_executor(self._disk, self._spool.claim)
        return deque(claimed)

    async def _replay_file(self, claimed: SpoolFile) -> None:
        """From where the last try ended: a Redis without room would be filled with the beginning again and again."""
        try:
            batches = await self._loop.run_in_executor(self._disk, list, claimed.read(REPLAY_BATCH))
            for records in batches[self._replayed.get(claimed.path, 0) :]:
                await self._append_to_any(records)
                self._replayed[claimed.path] = self._replayed.get(claimed.path, 0) + 1
                self._counters.clicks_replayed += len(records)
        except BaseException:
            claimed.release()
            raise
        await self._loop.run_in_executor(self._disk, claimed.delete)
        self._replayed.pop(claimed.path, None)

    async def _append_to_any(self, records: list[bytes]) -> None:
        """A Redis that refuses loses its connection, and so is passed over until it has another."""
        refusal: Exception | None = None
        while (shard := self._find_shard()) is not None:
            try:
                await shard.append(records)
            except (OSError, RedisError) as error:
                refusal = error
            else:
                return
        raise RedisError(f"no Redis takes it: {refusal or 'none is connected'}")
