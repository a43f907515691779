"""Runs an export: its rows are read in one view of the database, written in its format, and kept in chunks.

An attempt that was killed leaves nothing that counts: the next one begins anew, and the export is its own from then on.
"""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Final, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import structlog

import tracking.exports.kinds.registered  # noqa: F401 -- importing it registers all kinds
from tracking.clock import utc_now
from tracking.events.entities import announce_each
from tracking.events.outbox import EventKind
from tracking.exports.files import FileStore, OvertakenError
from tracking.exports.formats.choosing import make_writer
from tracking.exports.formats.writing import FileWriter, Rows, Shape
from tracking.exports.layouts import Asked, Cell, Layout, find_layout
from tracking.exports.models import ExportFormat, ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.rules import KEPT
from tracking.exports.snapshots import BATCH_ROWS

PROGRESS_ROWS: Final = 20_000  # between two notes of the progress, where no chunk is stored

_BEGIN: Final = """
    UPDATE export SET status = 'RUNNING', attempt = $2, as_of = $3, started_at = coalesce(started_at, $3),
        rows_done = 0, rows_total = NULL
    FROM account
    WHERE export.id = $1 AND status IN ('QUEUED', 'RUNNING') AND account.id = account_id
    RETURNING account_id, kind, format, parameters, timezone
"""
_DROP_OTHERS: Final = "DELETE FROM export_chunk WHERE export_id = $1 AND attempt <> $2"
_ESTIMATE: Final = "UPDATE export SET rows_total = $3 WHERE id = $1 AND attempt = $2 AND status = 'RUNNING'"
_COMPLETE: Final = announce_each(
    """
    UPDATE export SET status = 'COMPLETED', rows_total = $3, rows_done = $3, size_bytes = $4, sha256 = $5,
        ended_at = $6, expires_at = $7
    WHERE id = $1 AND attempt = $2 AND status = 'RUNNING'
    """,
    EventKind.EXPORT_FINISHED,
)
_FAIL: Final = announce_each(
    """
    UPDATE export SET status = 'FAILED', failure = $2, ended_at = $3
    WHERE id = $1 AND status IN ('QUEUED', 'RUNNING')
    """,
    EventKind.EXPORT_FINISHED,
)
_DROP_FAILED: Final = """
    DELETE FROM export_chunk USING export WHERE export.id = $1 AND export_id = export.id AND status = 'FAILED'
"""

log = structlog.get_logger()


class _Attempt(NamedTuple):
    export_id: int
    attempt: UUID
    layout: Layout
    asked: Asked
    format: ExportFormat
    shape: Shape


async def run_export(pool: asyncpg.Pool, export_id: int, public_port: int | None) -> None:
    """From the start to its end, unless it has ended."""
    begun = await _begin(pool, export_id, public_port)
    if begun is None:
        return
    try:
        total = await begun.layout.estimate_rows(pool, begun.asked)
        await pool.execute(_ESTIMATE, export_id, begun.attempt, total)
        await _write(pool, begun)
    except OvertakenError:
        log.info("another attempt has the export", export_id=export_id)


async def fail_export(pool: asyncpg.Pool, export_id: int, failure: str) -> None:
    """For good. Nothing of its file is kept."""
    await pool.execute(_FAIL, export_id, failure, utc_now())
    await pool.execute(_DROP_FAILED, export_id)


async def _begin(pool: asyncpg.Pool, export_id: int, public_port: int | None) -> _Attempt | None:
    attempt, now = uuid4(), utc_now()
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(_BEGIN, export_id, attempt, now)
        if row is None:
            return None
        await connection.execute(_DROP_OTHERS, export_id, attempt)
    layout = find_layout(ExportKind(row["kind"]))
    stored = json.loads(row["parameters"])
    asked = Asked(row["account_id"], stored, now, public_port)
    shape = Shape(layout.columns, ZoneInfo(row["timezone"]), read_parameters(stored).has_byte_order_mark)
    return _Attempt(export_id, attempt, layout, asked, ExportFormat(row["format"]), shape)


async def _write(pool: asyncpg.Pool, begun: _Attempt) -> None:
    """Raises OvertakenError."""
    store = FileStore(pool, begun.export_id, begun.attempt)
    rows_done = noted = 0
    with make_writer(begun.format, begun.shape) as writer:
        async with aclosing(_read_batches(pool, begun)) as batches:
            async for batch in batches:
                rows_done += len(batch)
                await store.add(writer.write(batch), rows_done)
                if rows_done - noted >= PROGRESS_ROWS:
                    await store.advance(rows_done)
                    noted = rows_done
        await _finish(writer, store, rows_done)
    await _complete(pool, begun, store, rows_done)


async def _finish(writer: FileWriter, store: FileStore, rows_done: int) -> None:
    """Off the loop: putting a large workbook together takes seconds."""
    pieces: Iterator[bytes] = writer.finish()
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        await store.add(piece, rows_done)
    await store.close(rows_done)


async def _complete(pool: asyncpg.Pool, begun: _Attempt, store: FileStore, rows_done: int) -> None:
    now: dt.datetime = utc_now()
    end = (rows_done, store.size_bytes, store.sha256, now, now + KEPT)
    if await pool.execute(_COMPLETE, begun.export_id, begun.attempt, *end) == "INSERT 0 0":
        raise OvertakenError


async def _read_batches(pool: asyncpg.Pool, begun: _Attempt) -> AsyncGenerator[Rows, None]:
    batch: list[tuple[Cell, ...]] = []
    async with aclosing(begun.layout.read_rows(pool, begun.asked)) as rows:  # type: ignore[type-var]  # they are generators, whose view of the database ends with them
        async for row in rows:
            batch.append(row)
            if len(batch) == BATCH_ROWS:
                yield batch
                batch = []
    if batch:
        yield batch
