"""Clicks and reports on their way, and the dead letter: read from Redis into a file, and put back."""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import redis

from creatrail.backups.errors import BackupError
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

_HEAD: Final = struct.Struct(">I")
_PAGE: Final = 1_000


class _Entry(msgspec.Struct, array_like=True):
    stream: str
    fields: dict[bytes, bytes]


def copy_streams(urls: Sequence[str], path: Path) -> int:
    """How many entries. One that a worker stores meanwhile may be left out: the database has it by then."""
    count = 0
    try:
        with path.open("wb") as file:
            for url in urls:
                with redis.Redis.from_url(url, socket_timeout=30, socket_connect_timeout=3) as client:
                    count += sum(_copy(client, stream, file) for stream in (CLICK_STREAM, DEAD_CLICK_STREAM))
    except redis.RedisError as error:
        raise BackupError(f"Redis does not answer: {error}") from error
    return count


def restore_streams(url: str, path: Path) -> int:
    """How many entries. Again it adds them again, and the worker stores none twice."""
    count = 0
    try:
        with redis.Redis.from_url(url, socket_timeout=30, socket_connect_timeout=3) as client:
            pipeline = client.pipeline(transaction=False)
            for entry in _read_entries(path):
                fields: dict[Any, Any] = dict(entry.fields)
                pipeline.xadd(entry.stream, fields)
                count += 1
                if count % _PAGE == 0:
                    pipeline.execute()
            pipeline.execute()
    except redis.RedisError as error:
        raise BackupError(f"Redis does not answer: {error}") from error
    return count


def _copy(client: redis.Redis, stream: str, file: BinaryIO) -> int:
    count, start = 0, "-"
    while True:
        entries: Any = client.xrange(stream, min=start, count=_PAGE)
        for _, fields in entries:
            record = msgspec.msgpack.encode(_Entry(stream, fields))
            file.write(_HEAD.pack(len(record)) + record)
        count += len(entries)
        if len(entries) < _PAGE:
            return count
        start = f"({entries[-1][0].decode()}"


def _read_entries(path: Path) -> Iterator[_Entry]:
    with path.open("rb") as file:
        while head := file.read(_HEAD.size):
            yield msgspec.msgpack.decode(file.read(_HEAD.unpack(head)[0]), type=_Entry)
