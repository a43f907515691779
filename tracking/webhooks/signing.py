"""Signatures of deliveries by Standard Webhooks 1.0.0. Pure."""

import base64
import hmac
from collections.abc import Sequence
from hashlib import sha256


def sign(secrets: Sequence[bytes], webhook_id: str, at_s: int, body: bytes) -> str:
    """One signature for each secret, so that a receiver may know the old one or the new one while one is rotated."""
    signed = b"%b.%d.%b" % (webhook_id.encode(), at_s, body)
    digests = (base64.b64encode(hmac.digest(secret, signed, sha256)).decode() for secret in secrets)
    return " ".join(f"v1,{digest}" for digest in digests)
