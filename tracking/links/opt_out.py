"""Opt-out addresses carry their destination under a MAC, so that they work with every store down (rule 9, TR24)."""

import base64
import binascii
import re
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from tracking.errors import InvalidInputError
from tracking.settings import ClickTokenKey

OPT_OUT_PATH: Final = "/o/"
MAX_OPT_OUT_CHARS: Final = 1_500  # keeps the whole address below the 2,083 characters that every mail program takes

_MAC_BYTES: Final = 16
_HEAD_BYTES: Final = 1 + _MAC_BYTES
_MAX_TOKEN_CHARS: Final = (_HEAD_BYTES + MAX_OPT_OUT_CHARS) * 4 // 3 + 4
_PERSON: Final = b"opt-out link"
_SENDABLE = re.compile(r"https?://[\x21-\x7e]+")


def sign_opt_out(keys: Sequence[ClickTokenKey], destination: str) -> str:
    """The token of an opt-out address: `/o/<token>` sends whoever asks to `destination`, as long as its key is kept.

    `keys` are those of the settings, of which the first signs; `destination` is normalised. Raises InvalidInputError.
    """
    if len(destination) > MAX_OPT_OUT_CHARS or not _SENDABLE.fullmatch(destination):
        raise InvalidInputError(f"an opt-out address is a web address of at most {MAX_OPT_OUT_CHARS} characters")
    content = destination.encode("ascii")
    head = bytes((keys[0].key_id,)) + _compute_mac(keys[0].secret, content)
    return base64.urlsafe_b64encode(head + content).rstrip(b"=").decode()


def read_opt_out(keys: Sequence[ClickTokenKey], token: str) -> str | None:
    """The destination, or None for everything that none of our keys has signed."""
    if not token.isascii() or len(token) > _MAX_TOKEN_CHARS:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    if len(raw) <= _HEAD_BYTES:
        return None
    mac, content = raw[1:_HEAD_BYTES], raw[_HEAD_BYTES:]
    for key in keys:
        if key.key_id == raw[0] and compare_digest(_compute_mac(key.secret, content), mac):
            return content.decode("ascii")
    return None


def _compute_mac(secret: bytes, content: bytes) -> bytes:
    return blake2b(content, digest_size=_MAC_BYTES, key=secret, person=_PERSON).digest()
