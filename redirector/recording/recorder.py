"""Makes clicks durable: everything of one turn of the event loop in one write to Redis, or on disk when that fails."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import structlog

from redirector.counters import Counters
from redirector.recording.redis_connection import RedisConnection, RedisError, connect, write_appends
from redirector.recording.ring import Ring
from redirector.recording.spool import Spool, SpoolFile
from tracking.faults import maybe_crash
from tracking.settings import Settings

RETRY_EVERY_S: Final = 0.5
LOOK_EVERY_S: Final = 0.05
SPOOL_DEADLINE_S: Final = 1.0
MAX_WAITING_BATCHES: Final = 10_000  # for a disk that hangs
REPLAY_BATCH: Final = 500
REPLAY_TIMEOUT_S: Final = 5.0

Answer = Callable[[bool], None]
Record = Callable[[bytes], "asyncio.Future[bool]"]
"""Makes a record durable, or says that it could not."""

log = structlog.get_logger()


class _Batch:
    """Clicks that are answered together. The future says whether they are durable, and so each answer is told."""

    __slots__ = ("answers", "began_at", "future", "records")

    def __init__(
        self, records: list[bytes], answers: list[Answer], future: "asyncio.Future[bool]", began_at: float
    ) -> None:
        self.records = records
        self.answers = answers
        self.future = future
        self.began_at = began_at

    def settle(self, *, is_durable: bool) -> None:
        if self.future.done():
            return
        self.future.set_result(is_durable)
        for answer in self.answers:
            try:
                answer(is_durable)
            except Exception:  # the others' answers wait behind it
                log.exception("not answered")


class Recorder:
    def __init__(self, settings: Settings, counters: Counters) -> None:
        self._url = settings.redis_url
        self._deadline_s = settings.record_deadline_ms / 1_000
        self._counters = counters
        self._spool = Spool(settings.spool_dir, settings.spool_max_bytes)
        self._disk = ThreadPoolExecutor(1, "spool")
        self._ring = Ring()
        self._run_id: str | None = None
        self._connection: RedisConnection | None = None
        self._records: list[bytes] = []
        self._answers: list[Answer] = []
        self._future: asyncio.Future[bool] | None = None
        self._sent: deque[_Batch] = deque()
        self._to_spool: deque[_Batch] = deque()
        self._spooling: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()

    @property
    def is_connected(self) -> bool:
        return self._connection is not None and not self._connection.is_lost

    @property
    def spool_bytes(self) -> int:
        return self._spool.size_bytes

    async def start(self) -> None:
        """Connect if Redis is there; if not, clicks go to the spool until it is."""
        await self._reconnect()
        self._tasks = [asyncio.create_task(self._keep_connected()), asyncio.create_task(self._watch_deadlines())]

    async def close(self) -> None:
        """Settle what has been recorded, then stop. The rest of the spool is replayed by whoever comes next."""
        while unsettled := self._list_unsettled():
            await asyncio.wait(unsettled)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._loop.run_in_executor(self._disk, self._spool.close)
        self._disk.shutdown()
        if self._connection is not None:
            self._connection.close()

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
        waiting: list[asyncio.Future[Any]] = [batch.future for batch in (*self._sent, *self._to_spool)]
        return waiting + [future for future in (self._future, self._spooling) if future is not None]

    def _flush(self) -> None:
        future, records, answers = self._future, self._records, self._answers
        assert future is not None  # noqa: S101 -- record() made it before it called for this
        self._future, self._records, self._answers = None, [], []
        batch = _Batch(records, answers, future, self._loop.time())
        connection = self._connection
        if connection is None or connection.is_lost or connection.is_paused:
            self._put_on_disk(batch)
            return
        self._sent.append(batch)
        connection.send(write_appends(records), len(records)).add_done_callback(partial(self._take_reply, batch))

    def _take_reply(self, batch: _Batch, reply: "asyncio.Future[Any]") -> None:
        self._sent.remove(batch)
        if reply.exception() is None:
            maybe_crash("after_xadd")
            self._counters.clicks_recorded += len(batch.records)
            self._ring.add(batch.records)
            batch.settle(is_durable=True)
            return
        self._counters.redis_failures += 1
        self._give_up_connection()
        self._put_on_disk(batch)

    def _give_up_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _put_on_disk(self, batch: _Batch) -> None:
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

    def _settle_spooled(self, batch: _Batch, *, is_durable: bool) -> None:
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
            if self._sent and self._sent[0].began_at < now - self._deadline_s + LOOK_EVERY_S:
                self._give_up_connection()
            for batch in self._to_spool:
                if batch.began_at < now - SPOOL_DEADLINE_S:
                    self._settle_spooled(batch, is_durable=False)

    async def _keep_connected(self) -> None:
        while True:
            await asyncio.sleep(RETRY_EVERY_S)
            try:
                if not self.is_connected:
                    await self._reconnect()
                if self.is_connected:
                    await self._replay()
            except (OSError, RedisError) as error:
                log.warning("spool waits", error=str(error))

    async def _reconnect(self) -> None:
        try:
            connection = await connect(self._url)
        except (OSError, RedisError, TimeoutError):
            return
        try:
            await self._resend_what_a_restart_lost(connection)
        except (RedisError, TimeoutError):
            connection.close()
            return
        self._connection = connection

    async def _resend_what_a_restart_lost(self, connection: RedisConnection) -> None:
        async with asyncio.timeout(REPLAY_TIMEOUT_S):
            info: bytes = await connection.ask("INFO", "server")
        run_id = info.partition(b"run_id:")[2].split(b"\r\n")[0].decode()
        if self._run_id not in (None, run_id):
            records = self._ring.read()
            await self._append(connection, records)
            self._counters.clicks_resent += len(records)
        self._run_id = run_id

    async def _replay(self) -> None:
        """Everything on disk that no living process is writing, with the ids that the clicks have had all along."""
        if self._spooling is None:
            await self._loop.run_in_executor(self._disk, self._spool.close)
        claimed = deque(await self._loop.run_in_executor(self._disk, self._spool.claim))
        try:
            while claimed:
                await self._replay_file(claimed.popleft())
        finally:
            for waiting in claimed:  # a file that stays locked would never be claimed again
                waiting.release()
        await self._loop.run_in_executor(self._disk, self._spool.measure)

    async def _replay_file(self, claimed: SpoolFile) -> None:
        try:
            batches = await self._loop.run_in_executor(self._disk, list, claimed.read(REPLAY_BATCH))
            for records in batches:
                await self._append(self._require_connection(), records)
                self._ring.add(records)
                self._counters.clicks_replayed += len(records)
        except BaseException:
            claimed.release()
            raise
        await self._loop.run_in_executor(self._disk, claimed.delete)

    def _require_connection(self) -> RedisConnection:
        if self._connection is None:
            raise RedisError("connection lost during replay")
        return self._connection

    async def _append(self, connection: RedisConnection, records: Sequence[bytes]) -> None:
        for start in range(0, len(records), REPLAY_BATCH):
            some = records[start : start + REPLAY_BATCH]
            async with asyncio.timeout(REPLAY_TIMEOUT_S):
                await connection.send(write_appends(some), len(some))
