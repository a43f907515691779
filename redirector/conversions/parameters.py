"""What a report says, by name: from the query, and from the body as a form or JSON."""

import asyncio
import json
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from tracking.conversions.reading import RefusalCode, ReportError

MAX_BODY_BYTES: Final = 16 * 1024
BODY_DEADLINE_S: Final = 5.0
_MAX_FIELDS: Final = 50
_FORM: Final = b"application/x-www-form-urlencoded"

Parameters = dict[str, str]
_read_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_read_string: Final = msgspec.json.Decoder(str).decode


async def read_body(receive: Any, headers: dict[bytes, bytes]) -> bytes:
    """Raises ReportError, of a body that says to be too large before any of it is read."""
    declared = headers.get(b"content-length", b"0")
    if len(declared) > 9 or not declared.isdigit() or int(declared) > MAX_BODY_BYTES:
        raise _refuse_size()
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_DEADLINE_S):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise ReportError(RefusalCode.BAD_REQUEST, "", "the body ended before its end")
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > MAX_BODY_BYTES:
                    raise _refuse_size()
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise ReportError(RefusalCode.BAD_REQUEST, "", "the body came too slowly") from None


def read_parameters(query: bytes, body: bytes, content_type: bytes) -> Parameters:
    """Each name once: two values that differ are refused, wherever they stand. Raises ReportError."""
    found = _read_form(query, "query")
    if not body.strip():
        return found
    media_type = content_type.partition(b";")[0].strip().lower()
    is_form = media_type == _FORM and not body.lstrip().startswith(b"{")
    for name, value in (_read_form(body, "body") if is_form else _read_json(body)).items():
        _add(found, name, value)
    return found


def _read_form(text: bytes, place: str) -> Parameters:
    found: Parameters = {}
    if not text:
        return found
    try:
        pairs = _split_form(text.decode("ascii"))
    except ValueError:
        message = f"the {place} is name=value&…, at most {_MAX_FIELDS} of them, in percent-encoded UTF-8"
        raise ReportError(RefusalCode.BAD_REQUEST, "", message) from None
    found = dict(pairs)
    if len(found) != len(pairs):
        for name, value in pairs:
            _add(found, name, value)
    return found


def _split_form(text: str) -> list[tuple[str, str]]:
    """As parse_qsl does, which takes its time over what most reports do not need."""
    if "%" in text or "+" in text or text.count("&") >= _MAX_FIELDS:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    pairs = [pair.partition("=") for pair in text.split("&")]
    return [(name, value) for name, equals, value in pairs if name or equals]


def _read_json(body: bytes) -> Parameters:
    """Numbers are kept as they are written, as no amount is ever a float."""
    try:
        fields = _read_object(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last of lists in lists
        fields = {}
        is_readable = False
    else:
        is_readable = len(fields) <= _MAX_FIELDS
    if not is_readable:
        message = f"the body is a JSON object of at most {_MAX_FIELDS} fields, or a form that says so in Content-Type"
        raise ReportError(RefusalCode.BAD_REQUEST, "", message)
    found = {name: _read_value(name, bytes(raw)) for name, raw in fields.items()}
    if body.count(b":") > len(found):  # a name at least stands there twice, or a colon in what is said
        _check_names(body)
    return found


def _check_names(body: bytes) -> None:
    """Of an object the last value of a name is read, and whoever checked an earlier one would have checked nothing."""
    try:
        pairs = json.loads(body, object_pairs_hook=list, parse_int=str, parse_float=str, strict=False)
    except (ValueError, RecursionError):  # in what a later value of its name hides
        raise ReportError(RefusalCode.BAD_REQUEST, "", "a name stands twice in the body") from None
    seen: dict[str, Any] = {}
    for name, value in pairs:
        _add(seen, name, "" if value is None else value)


def _read_value(name: str, raw: bytes) -> str:
    if raw == b"null":
        return ""
    if raw[:1] == b'"':
        try:
            return _read_string(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ReportError(RefusalCode.INVALID, name, f"{name} is not UTF-8") from None
    if raw[:1] in b"-0123456789":
        return raw.decode("ascii")
    raise ReportError(RefusalCode.INVALID, name, f"{name} is a string or a number")


def _add(found: Parameters, name: str, value: str) -> None:
    if found.setdefault(name, value) != value:
        raise ReportError(RefusalCode.INVALID, name, f"{name} stands here twice, with two values")


def _refuse_size() -> ReportError:
    return ReportError(RefusalCode.TOO_LARGE, "", f"a body has at most {MAX_BODY_BYTES} bytes, and says how many")
