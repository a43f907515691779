"""The click id as destinations see it (`ct`): key id, click id and tag, so that a forged one dies without a query."""

import base64
import binascii
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from tracking.settings import ClickTokenKey

_TAG_BYTES: Final = 8
_TOKEN_BYTES: Final = 1 + 16 + _TAG_BYTES
_TOKEN_CHARS: Final = 34
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class ClickTokens:
    """Signs with the first key, verifies with all, so that keys can be rotated without losing clicks under way."""

    __slots__ = ("_by_id", "_key_id", "_keyed")

    def __init__(self, keys: Sequence[ClickTokenKey]) -> None:
        self._key_id = bytes((keys[0].key_id,))
        self._keyed = blake2b(digest_size=_TAG_BYTES, key=keys[0].secret)
        self._by_id = {key.key_id: key.secret for key in keys}

    def sign(self, click_id: bytes) -> bytes:
        """34 characters that need no escaping in a query."""
        tag = self._keyed.copy()
        tag.update(click_id)
        padded = binascii.b2a_base64(self._key_id + click_id + tag.digest(), newline=False)
        return padded[:_TOKEN_CHARS].translate(_TO_URL_SAFE)

    def verify(self, token: str) -> bytes | None:
        """The click id, or None for everything that we did not sign."""
        if len(token) != _TOKEN_CHARS or not token.isascii():
            return None
        try:
            raw = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except binascii.Error:
            return None
        secret = self._by_id.get(raw[0])
        if secret is None or len(raw) != _TOKEN_BYTES:
            return None
        click_id, tag = raw[1:17], raw[17:]
        return click_id if compare_digest(blake2b(click_id, digest_size=_TAG_BYTES, key=secret).digest(), tag) else None
