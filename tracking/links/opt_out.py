"""Opt-out addresses carry their destination under a MAC, so that they work with every store down (rule 9, TR24)."""

import base64
import binascii
import re
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from tracking.errors import InvalidInputError

OPT_OUT_PATH: Final = "/o/"
MAX_OPT_OUT_CHARS: Final = 1_500  # keeps the whole address below the 2,083 characters that every mail program takes

_MAC_BYTES: Final = 16
_MAX_TOKEN_CHARS: Final = (_MAC_BYTES + MAX_OPT_OUT_CHARS) * 4 // 3 + 4
_PERSON: Final = b"opt-out link"
_SENDABLE = re.compile(r"https?://[\x21-\x7e]+")


def sign_opt_out(secret: bytes, destination: str) -> str:
    """The token of an opt-out address: `/o/<token>` sends whoever asks to `destination`, now and for ever.

    `secret` is the settings' cookie secret, `destination` is normalised. Raises InvalidInputError.
    """
    if len(destination) > MAX_OPT_OUT_CHARS or not _SENDABLE.fullmatch(destination):
        raise InvalidInputError(f"an opt-out address is a web address of at most {MAX_OPT_OUT_CHARS} characters")
    content = destination.encode("ascii")
    return base64.urlsafe_b64encode(_compute_mac(secret, content) + content).rstrip(b"=").decode()


def read_opt_out(secret: bytes, token: str) -> str | None:
    """The destination, or None for everything that we did not sign."""
    if not token.isascii() or len(token) > _MAX_TOKEN_CHARS:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    mac, content = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    return content.decode("ascii") if content and compare_digest(_compute_mac(secret, content), mac) else None


def _compute_mac(secret: bytes, content: bytes) -> bytes:
    return blake2b(content, digest_size=_MAC_BYTES, key=secret, person=_PERSON).digest()
