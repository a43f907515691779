"""How reports are answered: JSON to programs and scripts of any origin, a picture to whoever asks for one."""

from http import HTTPStatus
from typing import Any, Final

import msgspec

from redirector.pages import Page, make_page
from tracking.conversions.reading import RefusalCode, ReportError

_ANYBODY: Final = (b"access-control-allow-origin", b"*")
_JSON: Final = b"application/json"
METHODS: Final = b"GET, POST, OPTIONS"

STATUSES: Final = {
    RefusalCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    RefusalCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    RefusalCode.UNKNOWN_HOST: HTTPStatus.NOT_FOUND,
    RefusalCode.MISSING: HTTPStatus.BAD_REQUEST,
    RefusalCode.INVALID: HTTPStatus.BAD_REQUEST,
    RefusalCode.BAD_CLICK_ID: HTTPStatus.BAD_REQUEST,
    RefusalCode.UNKNOWN_LINK: HTTPStatus.NOT_FOUND,
    RefusalCode.UNKNOWN_OFFER: HTTPStatus.NOT_FOUND,
    RefusalCode.BAD_SECRET: HTTPStatus.FORBIDDEN,
    RefusalCode.BAD_KEY: HTTPStatus.FORBIDDEN,
    RefusalCode.ORIGIN_NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    RefusalCode.BAD_SIGNATURE: HTTPStatus.UNAUTHORIZED,
    RefusalCode.BAD_TIME: HTTPStatus.UNAUTHORIZED,
    RefusalCode.REPLAYED: HTTPStatus.CONFLICT,
    RefusalCode.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
    RefusalCode.NOT_A_REPORT: HTTPStatus.BAD_REQUEST,
    RefusalCode.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    RefusalCode.RATIONED: HTTPStatus.TOO_MANY_REQUESTS,
    RefusalCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    RefusalCode.NOT_DURABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_FURTHER_HEADERS: Final[dict[RefusalCode, tuple[bytes, bytes]]] = {
    RefusalCode.METHOD_NOT_ALLOWED: (b"allow", METHODS),
    RefusalCode.RATIONED: (b"retry-after", b"60"),
    RefusalCode.UNAVAILABLE: (b"retry-after", b"1"),
    RefusalCode.NOT_DURABLE: (b"retry-after", b"1"),
}

PREFLIGHT: Final = make_page(
    HTTPStatus.NO_CONTENT,
    b"",
    _ANYBODY,
    (b"access-control-allow-methods", METHODS),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)


def make_accepted(conversion_id: bytes) -> Page:
    return _make_json(HTTPStatus.ACCEPTED, write_accepted(conversion_id))


def write_accepted(conversion_id: bytes) -> bytes:
    """The body. `uuid` takes longer than all the rest of an answer."""
    text = conversion_id.hex()
    return f'{{"id":"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"}}'.encode()


def make_shown(content: Any) -> Page:
    return _make_json(HTTPStatus.OK, msgspec.json.encode(content))


def make_refusal(error: ReportError) -> Page:
    content = {"error": {"code": error.code.value, "field": error.field or None, "message": error.message}}
    further = _FURTHER_HEADERS.get(error.code)
    return _make_json(STATUSES[error.code], msgspec.json.encode(content), *([further] if further else []))


def _make_json(status: HTTPStatus, body: bytes, *headers: tuple[bytes, bytes]) -> Page:
    return make_page(status, body, _ANYBODY, *headers, media_type=_JSON)
