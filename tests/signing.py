"""Signatures of reports as senders make them, written by docs/conversions.md and apart from what checks them."""

import hashlib
import hmac

from tracking.conversions.signing import SignedParts


def write_signature(key: bytes, key_name: str, nonce: str, at_s: int, parts: SignedParts) -> str:
    """The header."""
    signed = f"{at_s}\n{nonce}\n{parts.method}\n{parts.host}\n".encode() + parts.target + b"\n" + parts.body
    return f"t={at_s},kid={key_name},nonce={nonce},v1={hmac.new(key, signed, hashlib.sha256).hexdigest()}"
