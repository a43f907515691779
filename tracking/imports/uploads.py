"""What an upload stores: chunks of one attempt, which become the file all at once, with the import's new status.

Until then the import awaits its upload. An attempt that was cut off, or that ran beside another, leaves only chunks
that nobody reads; they go when the import has ended.
"""

from collections.abc import AsyncIterator
from uuid import UUID

from tortoise.transactions import in_transaction

from tracking.errors import NotFoundError, TakenError
from tracking.imports.models import Import, ImportChunk, ImportStatus


async def require_awaiting(import_id: int) -> None:
    """Raises NotFoundError, or TakenError when its file is complete."""
    row = await Import.get_or_none(id=import_id)
    if row is None:
        raise NotFoundError("no such import", ("id",))
    if row.status is not ImportStatus.AWAITING_UPLOAD:
        raise TakenError("this import has its file", ("id",))


async def add_chunk(import_id: int, attempt: UUID, number: int, content: bytes) -> None:
    await ImportChunk.create(of_import_id=import_id, attempt=attempt, number=number, content=content)


async def complete_upload(import_id: int, attempt: UUID, *, size_bytes: int, sha256: bytes) -> None:
    """The attempt's chunks are the file now, and the import waits for the worker. Raises as `require_awaiting`."""
    async with in_transaction():
        updated = await Import.filter(id=import_id, status=ImportStatus.AWAITING_UPLOAD).update(
            status=ImportStatus.QUEUED, upload_attempt=attempt, size_bytes=size_bytes, sha256=sha256
        )
    if not updated:
        await require_awaiting(import_id)


async def discard_attempt(import_id: int, attempt: UUID) -> None:
    await ImportChunk.filter(of_import_id=import_id, attempt=attempt).delete()


async def read_chunks(import_id: int, attempt: UUID) -> AsyncIterator[bytes]:
    """The file in order, one chunk in memory at a time."""
    number = 0
    while chunk := await ImportChunk.get_or_none(of_import_id=import_id, attempt=attempt, number=number):
        yield bytes(chunk.content)
        number += 1
