"""Signed addresses of the api for files: uploads and bad rows of imports, downloads of exports."""

import base64
import binascii
import datetime as dt
from hashlib import blake2b
from hmac import compare_digest
from typing import Final, NamedTuple

from tracking.settings import Settings

UPLOAD_PATH: Final = "/imports/upload/"
BAD_ROWS_PATH: Final = "/imports/bad-rows/"
DOWNLOAD_PATH: Final = "/exports/"
BAD_ROWS_TIME: Final = dt.timedelta(hours=1)
DOWNLOAD_TIME: Final = dt.timedelta(hours=24)  # as long as a large download may be taken up again

_PERSONS: Final = {UPLOAD_PATH: b"import upload", BAD_ROWS_PATH: b"import bad rows", DOWNLOAD_PATH: b"export file"}
_CONTENT_BYTES: Final = 16
_MAC_BYTES: Final = 16


class SignedFile(NamedTuple):
    """`id` is that of the import or export."""

    id: int
    expires_at: dt.datetime


def write_address(settings: Settings, path: str, file_id: int, expires_at: dt.datetime) -> str:
    """Whoever has it may use it until it expires, without a key."""
    return f"{settings.api_origin}{path}{sign(settings.cookie_secret, path, file_id, expires_at)}"


def sign(secret: bytes, path: str, file_id: int, expires_at: dt.datetime) -> str:
    content = file_id.to_bytes(8, "big") + int(expires_at.timestamp()).to_bytes(8, "big")
    return base64.urlsafe_b64encode(content + _compute_mac(secret, path, content)).rstrip(b"=").decode()


def read_signed(secret: bytes, path: str, token: str) -> SignedFile | None:
    """None for everything that was not signed for this path; whether it has expired is the caller's to ask."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    content, mac = raw[:_CONTENT_BYTES], raw[_CONTENT_BYTES:]
    if len(raw) != _CONTENT_BYTES + _MAC_BYTES or not compare_digest(mac, _compute_mac(secret, path, content)):
        return None
    expires_at = dt.datetime.fromtimestamp(int.from_bytes(content[8:], "big"), dt.UTC)
    return SignedFile(int.from_bytes(content[:8], "big"), expires_at)


def _compute_mac(secret: bytes, path: str, content: bytes) -> bytes:
    return blake2b(content, key=secret, digest_size=_MAC_BYTES, person=_PERSONS[path]).digest()
