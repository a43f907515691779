"""A private connection to Redis that does one thing: append entries to the click stream, many in one write.

redis-py costs four times the whole request for each command, so the hot path speaks the protocol itself.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, NamedTuple, cast
from urllib.parse import parse_qs, unquote, urlsplit

import hiredis

from tracking.clicks.event import VERSION
from tracking.silence import watch_for_silence
from tracking.streams import CLICK_STREAM, VERSIONS

CONNECT_TIMEOUT_S: Final = 1.0


def _write_bulk(value: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(value), value)


def _start_append(version: bytes) -> bytes:
    return b"*5\r\n" + b"".join(map(_write_bulk, (b"XADD", CLICK_STREAM.encode(), b"*", version)))


_APPEND: Final = _start_append(VERSION)
_APPEND_MARKED: Final = {mark: _start_append(version) for mark, version in VERSIONS.items()}


def write_appends(records: Sequence[bytes]) -> bytes:
    """The commands that append these records to the click stream: those of clicks, and marked ones of all else."""
    return b"".join(
        [
            b"%b$%d\r\n%b\r\n" % (_APPEND, len(record), record)
            if record[0] not in _APPEND_MARKED
            else _APPEND_MARKED[record[0]] + _write_bulk(record[1:])
            for record in records
        ]
    )


class RedisError(Exception):
    """Redis is not reachable, or refused a command."""


class RedisAddress(NamedTuple):
    host: str
    port: int
    path: str | None
    database: int
    username: str | None
    password: str | None
    uses_tls: bool


def read_address(url: str) -> RedisAddress:
    """redis://, rediss:// and unix:// as redis-py reads them."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    is_socket = parts.scheme == "unix"
    database = query["db"][0] if "db" in query else "0" if is_socket else parts.path.strip("/") or "0"
    return RedisAddress(
        host=parts.hostname or "localhost",
        port=parts.port or 6379,
        path=unquote(parts.path) if is_socket else None,
        database=int(database),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        uses_tls=parts.scheme == "rediss",
    )


class _Waiting:
    """The replies to one write: how many are missing, and the first that was an error."""

    __slots__ = ("error", "future", "last", "missing")

    def __init__(self, missing: int, future: "asyncio.Future[Any]") -> None:
        self.missing = missing
        self.future = future
        self.error: Exception | None = None
        self.last: Any = None


class RedisConnection(asyncio.Protocol):
    """One connection. After an error, or a reply that is late, it is closed and never used again."""

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[_Waiting] = deque()
        self._transport: asyncio.WriteTransport | None = None
        self.is_paused = False
        self.is_lost = False
        self.lost = asyncio.get_running_loop().create_future()
        self.on_push: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)  # uvloop's is one without saying so
        watch_for_silence(transport.get_extra_info("socket"))  # who only listens would never notice

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        for waiting in self._waiting:
            if not waiting.future.done():
                waiting.future.set_exception(RedisError(f"connection lost: {exc}"))
        self._waiting.clear()
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_writing(self) -> None:
        self.is_paused = True

    def resume_writing(self) -> None:
        self.is_paused = False

    def data_received(self, data: bytes) -> None:
        self._reader.feed(data)
        read_reply = self._reader.gets
        try:
            while (reply := read_reply()) is not False:
                self._take(reply)
        except hiredis.ProtocolError:
            self.close()

    def send(self, commands: bytes, count: int) -> "asyncio.Future[Any]":
        """Write `count` commands; the future has the last reply once all are in, or RedisError for the first error."""
        future = asyncio.get_running_loop().create_future()
        if self._transport is None or self.is_lost:
            future.set_exception(RedisError("not connected"))
            return future
        self._waiting.append(_Waiting(count, future))
        self._transport.write(commands)
        return future

    def ask(self, *words: str) -> "asyncio.Future[Any]":
        return self.send(b"*%d\r\n" % len(words) + b"".join(_write_bulk(word.encode()) for word in words), 1)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _take(self, reply: Any) -> None:
        if not self._waiting:
            if self.on_push is not None:
                self.on_push(reply)
            return
        waiting = self._waiting[0]
        waiting.missing -= 1
        waiting.last = reply
        if isinstance(reply, Exception) and waiting.error is None:
            waiting.error = reply
        if waiting.missing:
            return
        self._waiting.popleft()
        if waiting.future.done():
            return
        if waiting.error is None:
            waiting.future.set_result(waiting.last)
        else:
            waiting.future.set_exception(RedisError(str(waiting.error)))


async def connect(url: str) -> RedisConnection:
    """A connection that is logged in and has its database selected. Raises RedisError or OSError."""
    address = read_address(url)
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        connection = await _open(address)
        try:
            if address.password is not None:
                user = [address.username] if address.username else []
                await connection.ask("AUTH", *user, address.password)
            if address.database:
                await connection.ask("SELECT", str(address.database))
            await connection.ask("PING")
        except BaseException:
            connection.close()
            raise
    return connection


async def _open(address: RedisAddress) -> RedisConnection:
    loop = asyncio.get_running_loop()
    if address.path is not None:
        _, connection = await loop.create_unix_connection(RedisConnection, address.path)
        return connection
    context = ssl.create_default_context() if address.uses_tls else None
    _, connection = await loop.create_connection(RedisConnection, address.host, address.port, ssl=context)
    return connection
