"""The click id as destinations see it (`ct`): key id, click id and tag, so that a forged one dies without a query."""

import binascii
from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from tracking.settings import ClickTokenKey

_TAG_BYTES: Final = 8
_TOKEN_BYTES: Final = 1 + 16 + _TAG_BYTES
_TOKEN_CHARS: Final = 34
_PADDING: Final = b"=="
_TO_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


class ClickTokens:
    """Signs with the first key, verifies with all, so that keys can be rotated without losing clicks under way."""

    __slots__ = ("_by_id", "_key_id", "_keyed")

    def __init__(self, keys: Sequence[ClickTokenKey]) -> None:
        self._by_id = {key.key_id: blake2b(digest_size=_TAG_BYTES, key=key.secret) for key in keys}
        self._key_id = bytes((keys[0].key_id,))
        self._keyed = self._by_id[keys[0].key_id]

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
            raw = binascii.a2b_base64(token.encode().translate(_FROM_URL_SAFE) + _PADDING, strict_mode=True)
        except binascii.Error:
            return None
        keyed = self._by_id.get(raw[0])
        if keyed is None or len(raw) != _TOKEN_BYTES:
            return None
        click_id = raw[1:17]
        tag = keyed.copy()
        tag.update(click_id)
        return click_id if compare_digest(tag.digest(), raw[17:]) else None
