"""The door for files of imports: their content comes in, their bad rows go out."""

import hashlib
from collections.abc import AsyncIterator
from typing import Final, NamedTuple
from uuid import UUID, uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from api.after_commit import ask_for_import
from api.file_doors import PRIVATE, answer_json, open_to_pages, read_address
from api.services import Services
from tracking.accounts.browser_origins import list_origins_of_import
from tracking.errors import DomainError, NotFoundError
from tracking.imports.problems import write_bad_rows
from tracking.imports.rules import CHUNK_BYTES, MAX_UPLOAD_BYTES
from tracking.imports.uploads import add_chunk, complete_upload, discard_attempt, require_awaiting
from tracking.signed_addresses import BAD_ROWS_PATH, UPLOAD_PATH


class _Received(NamedTuple):
    size_bytes: int
    sha256: bytes


class _TooLargeError(Exception):
    pass


async def receive_upload(request: Request) -> Response:
    """The file becomes the import's all at once; cut off or refused, nothing of it counts and it may be sent again."""
    import_id = await _read_address(request, UPLOAD_PATH)
    if isinstance(import_id, Response):
        return import_id
    if _read_length(request) > MAX_UPLOAD_BYTES:
        return _refuse_size()
    attempt = uuid4()
    try:
        await require_awaiting(import_id)
        received = await _store(request, import_id, attempt)
        await complete_upload(import_id, attempt, size_bytes=received.size_bytes, sha256=received.sha256)
    except _TooLargeError:
        await discard_attempt(import_id, attempt)
        return _refuse_size()
    except ClientDisconnect:
        await discard_attempt(import_id, attempt)
        return answer_json(400, error="the file did not come to its end")
    except DomainError as error:
        await discard_attempt(import_id, attempt)
        return answer_json(404 if isinstance(error, NotFoundError) else 409, error=error.message)
    services: Services = request.app.state.services
    await ask_for_import(services.jobs, import_id)
    return answer_json(201, sizeBytes=received.size_bytes, sha256=received.sha256.hex())


async def send_bad_rows(request: Request) -> Response:
    import_id = await _read_address(request, BAD_ROWS_PATH)
    if isinstance(import_id, Response):
        return import_id
    services: Services = request.app.state.services
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="bad-rows.csv"'}
    return StreamingResponse(write_bad_rows(services.pool, import_id), media_type="text/csv", headers=headers)


UPLOAD_ROUTES: Final = [
    open_to_pages(UPLOAD_PATH, "PUT", receive_upload),
    open_to_pages(BAD_ROWS_PATH, "GET", send_bad_rows),
]


async def _store(request: Request, import_id: int, attempt: UUID) -> _Received:
    """In chunks as they arrive: memory holds one, whatever the size of the file. Raises _TooLargeError."""
    digest = hashlib.sha256()
    size_bytes = number = 0
    async for chunk in _cut(request.stream()):
        size_bytes += len(chunk)
        if size_bytes > MAX_UPLOAD_BYTES:
            raise _TooLargeError
        digest.update(chunk)
        await add_chunk(import_id, attempt, number, chunk)
        number += 1
    return _Received(size_bytes, digest.digest())


async def _cut(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    buffer = bytearray()
    async for piece in stream:
        buffer += piece
        while len(buffer) >= CHUNK_BYTES:
            yield bytes(buffer[:CHUNK_BYTES])
            del buffer[:CHUNK_BYTES]
    if buffer:
        yield bytes(buffer)


async def _read_address(request: Request, path: str) -> int | Response:
    return await read_address(request, path, list_origins_of_import)


def _read_length(request: Request) -> int:
    given = request.headers.get("content-length", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 20 else 0


def _refuse_size() -> Response:
    return answer_json(413, error=f"a file has at most {MAX_UPLOAD_BYTES} bytes: split it")
