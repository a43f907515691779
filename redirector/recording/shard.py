"""One Redis of those that the stream is spread over: its connection, what is on its way, what it acknowledged last."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog

from redirector.counters import Counters
from redirector.recording.redis_connection import RedisConnection, RedisError, connect, write_appends
from redirector.recording.ring import Ring

REPLAY_BATCH: Final = 500
REPLAY_TIMEOUT_S: Final = 5.0

Answer = Callable[[bool], None]

log = structlog.get_logger()


class Batch:
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


class Shard:
    """Knows by the run id of the server when it may have lost its tail, and sends that again before anything else."""

    def __init__(self, url: str, counters: Counters) -> None:
        self._url = url
        self._counters = counters
        self._run_id: str | None = None
        self.ring = Ring()
        self.connection: RedisConnection | None = None
        self.sent: deque[Batch] = deque()
        self.saving: asyncio.Task[None] | None = None  # what is in the ring

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and not self.connection.is_lost

    @property
    def takes_writes(self) -> bool:
        connection = self.connection
        return connection is not None and not connection.is_lost and not connection.is_paused

    def send(self, batch: Batch) -> "asyncio.Future[Any]":
        """Only while it takes writes. The future has an error unless all of the batch was acknowledged."""
        assert self.connection is not None  # noqa: S101 -- whoever sends has asked whether it takes writes
        self.sent.append(batch)
        return self.connection.send(write_appends(batch.records), len(batch.records))

    def give_up_connection(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    async def wait_for_loss(self) -> None:
        """Of the connection; not at all when there is none."""
        if self.connection is not None:
            await asyncio.wait([self.connection.lost])

    async def reconnect(self) -> None:
        """If Redis is there; if not, nothing happens."""
        try:
            connection = await connect(self._url)
        except (OSError, RedisError, TimeoutError):
            return
        try:
            await self._resend_what_a_restart_lost(connection)
        except (RedisError, TimeoutError):
            connection.close()
            return
        self.connection = connection

    async def append(self, records: Sequence[bytes]) -> None:
        """Of the spool, while it takes writes. Raises RedisError or TimeoutError, and then has no connection."""
        assert self.connection is not None  # noqa: S101 -- whoever appends has asked whether it takes writes
        try:
            await _append(self.connection, records)
        except (RedisError, TimeoutError):  # without new clicks nobody else would notice
            self.give_up_connection()
            raise
        self.ring.add(records)

    async def _resend_what_a_restart_lost(self, connection: RedisConnection) -> None:
        async with asyncio.timeout(REPLAY_TIMEOUT_S):
            info: bytes = await connection.ask("INFO", "server")
        run_id = info.partition(b"run_id:")[2].split(b"\r\n")[0].decode()
        if self._run_id not in (None, run_id):
            records = self.ring.read()
            await _append(connection, records)
            self._counters.clicks_resent += len(records)
        self._run_id = run_id


async def _append(connection: RedisConnection, records: Sequence[bytes]) -> None:
    for start in range(0, len(records), REPLAY_BATCH):
        some = records[start : start + REPLAY_BATCH]
        async with asyncio.timeout(REPLAY_TIMEOUT_S):
            await connection.send(write_appends(some), len(some))
