"""Own clicks: a signed session that makes one browser's clicks on its account's links tests, which count nowhere.

The address of a session and the cookie that it sets carry the same token, so that nothing needs to be looked up.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from hashlib import blake2b
from hmac import compare_digest
from typing import Final, NamedTuple

TEST_SESSION_PATH: Final = "/t/"
TEST_COOKIE_NAME: Final = b"ctt"
MAX_TEST_SESSION_S: Final = 12 * 3_600

_MAC_BYTES: Final = 16
_CONTENT_BYTES: Final = 8 + 6
_TOKEN_CHARS: Final = 40
_PERSON: Final = b"own-click cookie"
_COOKIE: Final = re.compile(rb"(?:^|;)\s*" + TEST_COOKIE_NAME + rb"=([A-Za-z0-9_-]{40})\s*(?:;|$)")


class OwnClickSession(NamedTuple):
    """Whose links, and until when."""

    account_id: int
    until_ms: int


def sign_test_session(secret: bytes, session: OwnClickSession) -> str:
    """40 characters that need no escaping, neither in a path nor in a cookie."""
    content = session.account_id.to_bytes(8, "big") + session.until_ms.to_bytes(6, "big")
    return base64.urlsafe_b64encode(content + _compute_mac(secret, content)).decode()


def read_test_session(secret: bytes, token: str, at_ms: int) -> OwnClickSession | None:
    """None for everything that we did not sign, and for what is over."""
    if len(token) != _TOKEN_CHARS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    content, mac = raw[:_CONTENT_BYTES], raw[_CONTENT_BYTES:]
    if not compare_digest(_compute_mac(secret, content), mac):
        return None
    session = OwnClickSession(int.from_bytes(content[:8], "big"), int.from_bytes(content[8:], "big"))
    return session if at_ms < session.until_ms else None


def read_test_cookie(headers: Mapping[bytes, bytes], secret: bytes, at_ms: int) -> int | None:
    """The account whose session this browser is in."""
    found = _COOKIE.search(headers.get(b"cookie", b""))
    session = read_test_session(secret, found[1].decode(), at_ms) if found else None
    return session.account_id if session else None


def _compute_mac(secret: bytes, content: bytes) -> bytes:
    return blake2b(content, digest_size=_MAC_BYTES, key=secret, person=_PERSON).digest()
