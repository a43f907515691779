"""The file of an export: written in chunks by one attempt, read from any byte on."""

import asyncio
import datetime as dt
import hashlib
import json
import zlib
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.exports.models import ExportFormat, ExportKind, ExportStatus
from tracking.exports.parameters import read_parameters
from tracking.exports.rules import CHUNK_BYTES, Named, name_file

COMPRESSION: Final = 3

# With the progress, and only while the export is this attempt's: another one that began later has it for itself.
_ADD: Final = """
    WITH held AS (
        UPDATE export SET rows_done = $3 WHERE id = $1 AND attempt = $2 AND status = 'RUNNING' RETURNING id
    )
    INSERT INTO export_chunk (export_id, attempt, number, first_byte, size_bytes, content)
    SELECT held.id, $2, $4, $5, $6, $7 FROM held
"""
_ADVANCE: Final = "UPDATE export SET rows_done = $3 WHERE id = $1 AND attempt = $2 AND status = 'RUNNING'"
_FIND: Final = """
    SELECT export.id, attempt, kind, format, parameters, status, size_bytes, sha256, as_of, expires_at, ended_at,
        slug, timezone
    FROM export JOIN account ON account.id = account_id WHERE export.id = $1
"""
_READ: Final = """
    SELECT number, first_byte, content FROM export_chunk
    WHERE export_id = $1 AND attempt = $2 AND number >= $3 ORDER BY number LIMIT 1
"""
_LOCATE: Final = """
    SELECT max(number) FROM export_chunk WHERE export_id = $1 AND attempt = $2 AND first_byte <= $3
"""


class OvertakenError(Exception):
    """Another attempt has the export, or it has ended: this one has nothing left to do."""


class FileGoneError(Exception):
    """It was deleted while it was read."""


class StoredFile(NamedTuple):
    export_id: int
    attempt: UUID
    name: str
    format: ExportFormat
    size_bytes: int
    sha256: bytes
    ended_at: dt.datetime


class FileStore:
    """Takes a file as it comes and keeps a chunk of it in memory. Raises OvertakenError."""

    def __init__(self, pool: asyncpg.Pool, export_id: int, attempt: UUID) -> None:
        self._pool = pool
        self._key = (export_id, attempt)
        self._digest = hashlib.sha256()
        self._buffer = bytearray()
        self._number = 0
        self._first_byte = 0

    @property
    def size_bytes(self) -> int:
        return self._first_byte + len(self._buffer)

    @property
    def sha256(self) -> bytes:
        """Of all that is stored."""
        return self._digest.digest()

    async def add(self, content: bytes, rows_done: int) -> None:
        self._buffer += content
        while len(self._buffer) >= CHUNK_BYTES:
            await self._store(CHUNK_BYTES, rows_done)

    async def advance(self, rows_done: int) -> None:
        """For formats that come all at once, at the end."""
        if await self._pool.execute(_ADVANCE, *self._key, rows_done) == "UPDATE 0":
            raise OvertakenError

    async def close(self, rows_done: int) -> None:
        if self._buffer:
            await self._store(len(self._buffer), rows_done)

    async def _store(self, size: int, rows_done: int) -> None:
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        compressed = await asyncio.to_thread(zlib.compress, piece, COMPRESSION)
        place = (self._number, self._first_byte, size, compressed)
        if await self._pool.execute(_ADD, *self._key, rows_done, *place) == "INSERT 0 0":
            raise OvertakenError
        self._digest.update(piece)
        self._number += 1
        self._first_byte += size


async def find_file(pool: asyncpg.Pool, export_id: int) -> StoredFile | None:
    """None while there is none, and when it is kept no more."""
    row = await pool.fetchrow(_FIND, export_id)
    if row is None or row["status"] != ExportStatus.COMPLETED:
        return None
    named = Named(
        kind=ExportKind(row["kind"]),
        format=ExportFormat(row["format"]),
        slug=row["slug"],
        parameters=read_parameters(json.loads(row["parameters"])),
        zone=ZoneInfo(row["timezone"]),
        as_of=row["as_of"],
    )
    return StoredFile(
        export_id=row["id"],
        attempt=row["attempt"],
        name=name_file(named),
        format=named.format,
        size_bytes=row["size_bytes"],
        sha256=bytes(row["sha256"]),
        ended_at=row["ended_at"],
    )


async def read_file(pool: asyncpg.Pool, file: StoredFile, first_byte: int, last_byte: int) -> AsyncIterator[bytes]:
    """Both inclusive; memory holds a chunk. Raises FileGoneError."""
    number = await pool.fetchval(_LOCATE, file.export_id, file.attempt, first_byte)
    position = first_byte
    while position <= last_byte:
        row = await pool.fetchrow(_READ, file.export_id, file.attempt, number)
        if row is None:
            raise FileGoneError
        content = await asyncio.to_thread(zlib.decompress, row["content"])
        begin = position - row["first_byte"]
        piece = content[begin : last_byte + 1 - row["first_byte"]]
        yield piece
        position += len(piece)
        number = row["number"] + 1
