"""Seal what has to be kept and read again, so that who has the database alone cannot read it. AES-256-GCM; pure.

`cryptography` is imported when it is needed first: it takes 6 MB, and most redirectors never check a signature.
"""

import secrets
from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from tracking.settings import SecretsKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_PERSON: Final = b"ct sealed secret"  # 16 bytes: no key that is derived for another purpose is the same
_NONCE_BYTES: Final = 12


class SealError(Exception):
    """None of the keys opens it: it was changed or moved, or sealed with a key that is gone."""


def seal(keys: Sequence[SecretsKey], secret: bytes, owner: bytes) -> bytes:
    """With the first key, whose id stands in front. What names `owner` has to be given again to open it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return bytes([keys[0].key_id]) + nonce + _open_cipher(keys[0]).encrypt(nonce, secret, owner)


def open_sealed(keys: Sequence[SecretsKey], sealed: bytes, owner: bytes) -> bytes:
    """With the key that sealed it, wherever that stands among `keys`. Raises SealError."""
    key = next((each for each in keys if sealed[:1] == bytes([each.key_id])), None)
    if key is None:
        raise SealError("it was sealed with a key that SECRETS_KEYS does not hold")
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 -- see above

    nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _open_cipher(key).decrypt(nonce, text, owner)
    except (InvalidTag, ValueError) as error:
        raise SealError("it is not what was sealed, or not of this owner") from error


def _open_cipher(key: SecretsKey) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 -- see above

    return AESGCM(blake2b(key=key.secret, person=_PERSON, digest_size=32).digest())
