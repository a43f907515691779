"""The door for files: an import's content comes in, its bad rows go out. The signed address is the credential.

A page of another origin may use it when the account of the import allows that origin, as it may ask the graph.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final, NamedTuple, TypeAlias
from uuid import UUID, uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from api.after_commit import ask_for_import
from api.browser_origins import answer_preflight, let_read, read_other_origin
from api.services import Services
from tracking.accounts.browser_origins import list_origins_of_import
from tracking.clock import utc_now
from tracking.errors import DomainError, NotFoundError
from tracking.imports.problems import write_bad_rows
from tracking.imports.rules import CHUNK_BYTES, MAX_UPLOAD_BYTES
from tracking.imports.uploads import add_chunk, complete_upload, discard_attempt, require_awaiting
from tracking.signed_addresses import BAD_ROWS_PATH, UPLOAD_PATH, read_signed

_Serve: TypeAlias = Callable[[Request], Awaitable[Response]]
_PRIVATE: Final = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}


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
        return _answer(400, error="the file did not come to its end")
    except DomainError as error:
        await discard_attempt(import_id, attempt)
        return _answer(404 if isinstance(error, NotFoundError) else 409, error=error.message)
    services: Services = request.app.state.services
    await ask_for_import(services.jobs, import_id)
    return _answer(201, sizeBytes=received.size_bytes, sha256=received.sha256.hex())


async def send_bad_rows(request: Request) -> Response:
    import_id = await _read_address(request, BAD_ROWS_PATH)
    if isinstance(import_id, Response):
        return import_id
    services: Services = request.app.state.services
    headers = {**_PRIVATE, "Content-Disposition": 'attachment; filename="bad-rows.csv"'}
    return StreamingResponse(write_bad_rows(services.pool, import_id), media_type="text/csv", headers=headers)


def _open_to_pages(path: str, method: str, serve: _Serve) -> Route:
    """With what a browser needs to hand every answer, refusals included, to the page that asked."""

    async def answer(request: Request) -> Response:
        services: Services = request.app.state.services
        origin = read_other_origin(request.headers)
        if origin is not None:
            await services.origins.refresh()
        if request.method == "OPTIONS":
            response = answer_preflight(origin, services.origins, method)
        else:
            response = await serve(request)
        let_read(response, origin, services.origins)
        return response

    return Route(path + "{token}", answer, methods=[method, "OPTIONS"])


UPLOAD_ROUTES: Final = [
    _open_to_pages(UPLOAD_PATH, "PUT", receive_upload),
    _open_to_pages(BAD_ROWS_PATH, "GET", send_bad_rows),
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
    """The import's id. A forged address is unknown, an old one is over, and not every page may use a good one."""
    services: Services = request.app.state.services
    signed = read_signed(services.settings.cookie_secret, path, request.path_params["token"])
    if signed is None:
        return _answer(404, error="there is nothing at this address")
    if signed.expires_at <= utc_now():
        return _answer(403, error="this address has expired")
    origin = read_other_origin(request.headers)
    if origin is not None and origin not in await list_origins_of_import(services.pool, signed.id):
        return _answer(403, error="pages of this origin may not use this address")
    return signed.id


def _read_length(request: Request) -> int:
    given = request.headers.get("content-length", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 20 else 0


def _refuse_size() -> Response:
    return _answer(413, error=f"a file has at most {MAX_UPLOAD_BYTES} bytes: split it")


def _answer(status: int, **content: Any) -> Response:
    return JSONResponse(content, status_code=status, headers=_PRIVATE)
