"""The door for files of exports: whole, or from any byte on, so that a download that was cut off is taken up again."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.byte_ranges import ByteRange, UnsatisfiableError, find_range
from api.file_doors import PRIVATE, answer_json, open_to_pages, read_address
from api.services import Services
from tracking.accounts.browser_origins import list_origins_of_export
from tracking.exports.files import StoredFile, find_file, read_file
from tracking.exports.formats.choosing import MEDIA_TYPES
from tracking.signed_addresses import DOWNLOAD_PATH

_ASKED_WITH: Final = "authorization, content-type, range, if-range"
_SHOWN: Final = "accept-ranges, content-disposition, content-length, content-range, etag"


async def send_export(request: Request) -> Response:
    export_id = await read_address(request, DOWNLOAD_PATH, list_origins_of_export)
    if isinstance(export_id, Response):
        return export_id
    services: Services = request.app.state.services
    file = await find_file(services.pool, export_id)
    if file is None:
        return answer_json(410, error="this file is kept no more: ask for the export anew")
    etag = f'"{file.sha256.hex()}"'
    headers = {**PRIVATE, "Accept-Ranges": "bytes", "ETag": etag}
    try:
        wanted = find_range(request.headers.get("range"), request.headers.get("if-range"), etag, file.size_bytes)
    except UnsatisfiableError:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{file.size_bytes}"})
    status = 200
    if wanted is not None:
        status = 206
        headers["Content-Range"] = f"bytes {wanted.first}-{wanted.last}/{file.size_bytes}"
    part = wanted or ByteRange(0, file.size_bytes - 1)
    headers["Content-Length"] = str(part.size)
    headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return _respond(request, file, part, status, headers)


def _respond(request: Request, file: StoredFile, part: ByteRange, status: int, headers: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    media_type = MEDIA_TYPES[file.format]
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    content = read_file(services.pool, file, part.first, part.last)
    return StreamingResponse(content, status_code=status, headers=headers, media_type=media_type)


DOWNLOAD_ROUTES: Final = [open_to_pages(DOWNLOAD_PATH, "GET", send_export, asked_with=_ASKED_WITH, shows=_SHOWN)]
