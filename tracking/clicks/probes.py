"""Test clicks: an operator's request that proves to be one, so that nobody else can keep a click out of the counts."""

from collections.abc import Sequence
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from tracking.settings import ClickTokenKey

PROBE_HEADER: Final = b"creatrail-test"

_LIFETIME_MS: Final = 5 * 60_000
_PERSON: Final = b"creatrail probe"  # so that no click id can pass for a proof
_MAC_BYTES: Final = 16


def sign_probe(keys: Sequence[ClickTokenKey], at_ms: int) -> bytes:
    """The value of PROBE_HEADER that makes a request a test for the next five minutes."""
    return b"%d.%s" % (at_ms, _compute_mac(keys[0], at_ms))


def is_probe(value: bytes, keys: Sequence[ClickTokenKey], at_ms: int) -> bool:
    stamp, _, mac = value.partition(b".")
    if not (stamp.isdigit() and len(stamp) <= 15):
        return False
    signed_ms = int(stamp)
    if abs(at_ms - signed_ms) > _LIFETIME_MS:
        return False
    return any(compare_digest(_compute_mac(key, signed_ms), mac) for key in keys)


def _compute_mac(key: ClickTokenKey, at_ms: int) -> bytes:
    digest = blake2b(b"%d" % at_ms, digest_size=_MAC_BYTES, key=key.secret, person=_PERSON)
    return digest.hexdigest().encode()
