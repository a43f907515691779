"""Signatures of reports: what is signed, how it is written in `X-Signature`, and how old it may be. Pure.

    X-Signature: t=<Unix seconds>,kid=<keyName>,nonce=<16 to 64 characters of A-Z a-z 0-9 _ ->,v1=<hex>

v1 is the HMAC-SHA256 of these six, joined by line feeds: t, nonce, the method, the host (lower case, no port), the path
with its query exactly as it is sent, and the body. The body is last and no other holds a line feed, so that nothing of
one can be taken for another. The key is the whole `ct_sign_…`, as it was shown.
"""

import hmac
import re
from hashlib import sha256
from typing import Final, NamedTuple

TOLERANCE_S: Final = 300
MAX_HEADER_CHARS: Final = 400
_TIME: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_KEY_NAME: Final = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)
_NONCE: Final = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class SignedParts(NamedTuple):
    """Of a request, as it came. `target`: the path and, after a `?`, the query, if there is one."""

    method: str
    host: str
    target: bytes
    body: bytes


class Signature(NamedTuple):
    at_s: int
    key_name: str
    nonce: str
    digest: bytes


def read_signature(header: str) -> Signature | None:
    """None for another form. Each part stands there once, in any order."""
    if len(header) > MAX_HEADER_CHARS:
        return None
    pairs = [part.strip().partition("=") for part in header.split(",")]
    named = {name: value for name, _, value in pairs}
    if len(pairs) != len(named) or named.keys() != {"t", "kid", "nonce", "v1"}:
        return None
    forms = {"t": _TIME, "kid": _KEY_NAME, "nonce": _NONCE, "v1": _HEX}
    if not all(form.fullmatch(named[name]) for name, form in forms.items()):
        return None
    return Signature(int(named["t"]), named["kid"], named["nonce"], bytes.fromhex(named["v1"]))


def is_timely(signature: Signature, now_s: float) -> bool:
    return abs(now_s - signature.at_s) <= TOLERANCE_S


def is_signed_by(key: bytes, signature: Signature, parts: SignedParts) -> bool:
    """In a time that does not depend on how much of it is right."""
    return hmac.compare_digest(_compute(key, signature, parts), signature.digest)


def _compute(key: bytes, signature: Signature, parts: SignedParts) -> bytes:
    of_signature = (str(signature.at_s).encode(), signature.nonce.encode())
    of_request = (parts.method.encode(), parts.host.encode(), parts.target, parts.body)
    return hmac.digest(key, b"\n".join((*of_signature, *of_request)), sha256)
