"""Runs an import: its file is looked through as a whole first, then written in short transactions.

Each transaction moves the import's progress with what it wrote, so that a killed run goes on where it stood, and two
runs at once do each batch once.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, NamedTuple

import structlog
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.clock import utc_now
from tracking.events.entities import append_entity_events
from tracking.events.outbox import EventKind
from tracking.history.actors import Actor, acting_as
from tracking.history.models import ActorKind
from tracking.imports.models import Import, ImportChunk, ImportKind, ImportStatus
from tracking.imports.problems import record_problems
from tracking.imports.rows import RowReader, Utf8Decoder, make_row_reader
from tracking.imports.rules import (
    BATCH_ROWS,
    MAX_DRY_ROWS,
    MAX_ROWS,
    FileFaultError,
    Outcome,
    Problem,
    ProblemCode,
    RawRow,
    RowResult,
    find_missing,
    make_storable,
)
from tracking.imports.uploads import read_chunks
from tracking.imports.writers.batches import Batch, InterferedError, Writer
from tracking.imports.writers.campaign_creators import write_campaign_creators
from tracking.imports.writers.contacts import write_contacts
from tracking.imports.writers.conversions import ReadClickId, make_conversion_writer
from tracking.imports.writers.creators import write_creators
from tracking.imports.writers.links import write_links

MAX_TRIES: Final = 5

_WRITERS: Final[dict[ImportKind, Writer]] = {
    ImportKind.CREATORS: write_creators,
    ImportKind.CAMPAIGN_CREATORS: write_campaign_creators,
    ImportKind.LINKS: write_links,
    ImportKind.CONTACTS: write_contacts,
}
# Two imports of an account that meet would read each other's rows half-way: they take turns, a batch each.
_TAKE_TURN: Final = "SELECT pg_advisory_xact_lock(hashtextextended('import', $1))"
_HOLD: Final = "SELECT FROM import WHERE id = $1 AND rows_done = $2 AND status = 'RUNNING' FOR UPDATE"
_ADVANCE: Final = """
    UPDATE import SET rows_done = rows_done + $2, created = created + $3, updated = updated + $4,
        unchanged = unchanged + $5, bad = bad + $6
    WHERE id = $1
"""

log = structlog.get_logger()

Notify = Callable[[], Awaitable[None]]


class OvertakenError(Exception):
    """Another run of the same import is ahead, or has ended it: this one has nothing left to do."""


class Tried(NamedTuple):
    """A batch and what became of each of its rows."""

    rows: Sequence[RawRow]
    results: Sequence[RowResult]


async def run_import(import_id: int, notify: Notify, read_click_id: ReadClickId) -> None:
    """From where it stands to its end. `notify` is called after each commit that redirectors may want to know of."""
    row = await _start(import_id)
    if row is None:
        return
    writer = make_conversion_writer(read_click_id) if row.kind is ImportKind.CONVERSIONS else _WRITERS[row.kind]
    try:
        if row.rows_total is None:
            await _look_through(row)
        with acting_as(Actor(ActorKind(row.actor_kind), row.actor_id)):
            await (_try_out(row, writer) if row.is_dry_run else _write(row, writer, notify))
    except FileFaultError as fault:
        await _end(row, ImportStatus.FAILED, str(fault))
    except OvertakenError:
        log.info("another run of the import is ahead", import_id=import_id)
    else:
        await _end(row, ImportStatus.COMPLETED)


async def fail_import(import_id: int, message: str) -> None:
    """What was written stays, and the progress says how far it went."""
    row = await Import.get_or_none(id=import_id)
    if row is not None:
        await _end(row, ImportStatus.FAILED, message)


async def _start(import_id: int) -> Import | None:
    queued = Import.filter(id=import_id, status=ImportStatus.QUEUED)
    await queued.update(status=ImportStatus.RUNNING, started_at=utc_now())
    return await Import.get_or_none(id=import_id, status=ImportStatus.RUNNING)


async def _end(row: Import, status: ImportStatus, failure: str | None = None) -> None:
    """Once; the file has done its service."""
    async with in_transaction() as connection:
        open_row = Import.filter(id=row.id, status=ImportStatus.RUNNING).using_db(connection)
        message = None if failure is None else make_storable(failure, 500)
        if await open_row.update(status=status, failure=message, ended_at=utc_now()):
            await ImportChunk.filter(of_import_id=row.id).using_db(connection).delete()
            await append_entity_events(connection, row.account_id, EventKind.IMPORT_FINISHED, [row.id])


async def _look_through(row: Import) -> None:
    """Nothing is written of a file that cannot be read to its end. Raises FileFaultError."""
    total = 0
    reader = make_row_reader(row.kind, row.format, has_campaign=row.campaign_id is not None)
    async for rows in _read_file(row, reader):
        total += len(rows)
        if total > MAX_ROWS:
            raise FileFaultError(f"the file has more than {MAX_ROWS} rows: split it")
    if row.is_dry_run and total > MAX_DRY_ROWS:
        raise FileFaultError(f"a dry run takes at most {MAX_DRY_ROWS} rows, and the file has {total}: try a part of it")
    row.rows_total = total
    row.columns = [make_storable(column) for column in reader.columns or []]
    await row.save(update_fields=["rows_total", "columns"])


async def _write(row: Import, writer: Writer, notify: Notify) -> None:
    start = 0
    async for rows in _read_batches(row):
        left = rows[max(row.rows_done - start, 0) :]
        start += len(rows)
        if left:
            await _write_batch(row, writer, left)
            await notify()


async def _try_out(row: Import, writer: Writer) -> None:
    """Everything in one transaction that is taken back; only what it would have done is kept."""
    if row.rows_done:  # a run that was killed just before the end has kept it
        return
    tried: list[Tried] = []
    async with in_transaction() as connection:
        async for rows in _read_batches(row):
            tried += await _write_batch(row, writer, rows)
        await connection.rollback()
    async with in_transaction() as connection:
        await _hold_progress(connection, row)
        for each in tried:
            await _note(connection, row, each)


async def _write_batch(row: Import, writer: Writer, rows: Sequence[RawRow]) -> list[Tried]:
    """In a transaction of its own; where something keeps coming between, row by row."""
    for _ in range(MAX_TRIES):
        try:
            return [await _write_once(row, writer, rows)]
        except (InterferedError, IntegrityError):
            log.info("import interfered with", import_id=row.id, rows=len(rows))
    if len(rows) > 1:
        return [tried for each in rows for tried in await _write_batch(row, writer, [each])]
    problem = Problem("", "", ProblemCode.TAKEN, "this row conflicts with something else in this account")
    return [await _write_once(row, writer, [rows[0]._replace(problems=(problem,))])]


async def _write_once(row: Import, writer: Writer, rows: Sequence[RawRow]) -> Tried:
    """Raises InterferedError or IntegrityError when another call came between, and OvertakenError."""
    async with in_transaction() as connection:
        if not row.is_dry_run:
            await _hold_progress(connection, row)
        await connection.execute_query(_TAKE_TURN, [row.account_id])
        tried = Tried(rows, await _write_rows(connection, row, writer, rows))
        if not row.is_dry_run:
            await _note(connection, row, tried)
    row.rows_done += len(rows)
    return tried


async def _write_rows(
    connection: BaseDBAsyncClient, row: Import, writer: Writer, rows: Sequence[RawRow]
) -> list[RowResult]:
    """What is wrong in form never reaches the writer."""
    found = [_examine(each, row) for each in rows]
    good = [each.values for each, problems in zip(rows, found, strict=True) if not problems]
    written = iter(await writer(Batch(connection, row.account_id, row.campaign_id, good)) if good else [])
    return [problems or next(written) for problems in found]


def _examine(raw: RawRow, row: Import) -> list[Problem]:
    if raw.problems:
        return list(raw.problems)
    unstorable = [
        Problem(column, value, ProblemCode.INVALID, f"{column} holds a character that cannot be stored")
        for column, value in raw.values.items()
        if make_storable(value) != value
    ]
    return [*unstorable, *find_missing(raw.values, row.kind, has_campaign=row.campaign_id is not None)]


async def _hold_progress(connection: BaseDBAsyncClient, row: Import) -> None:
    """Raises OvertakenError when the import no longer stands where this run left it."""
    if not await connection.execute_query_dict(_HOLD, [row.id, 0 if row.is_dry_run else row.rows_done]):
        raise OvertakenError


async def _note(connection: BaseDBAsyncClient, row: Import, tried: Tried) -> None:
    refused = [
        (raw, result) for raw, result in zip(tried.rows, tried.results, strict=True) if not isinstance(result, Outcome)
    ]
    await record_problems(connection, row.id, refused)
    counts = Counter(result.value if isinstance(result, Outcome) else "bad" for result in tried.results)
    columns = [counts[name] for name in ("created", "updated", "unchanged", "bad")]
    await connection.execute_query(_ADVANCE, [row.id, len(tried.rows), *columns])


async def _read_batches(row: Import) -> AsyncIterator[list[RawRow]]:
    reader = make_row_reader(row.kind, row.format, has_campaign=row.campaign_id is not None)
    waiting: list[RawRow] = []
    async for rows in _read_file(row, reader):
        waiting += rows
        while len(waiting) >= BATCH_ROWS:
            yield waiting[:BATCH_ROWS]
            waiting = waiting[BATCH_ROWS:]
    if waiting:
        yield waiting


async def _read_file(row: Import, reader: RowReader) -> AsyncIterator[list[RawRow]]:
    """The rows of each chunk of the file."""
    if row.upload_attempt is None:
        raise LookupError("an import without a file was asked to run")
    decoder = Utf8Decoder()
    async for piece in read_chunks(row.id, row.upload_attempt):
        yield reader.feed(decoder.decode(piece))
    yield reader.feed(decoder.decode(b"", is_last=True), is_last=True)
