"""From what a report of a conversion carries to what it proves. Plain SQL: a redirector may ask too."""

import hmac
from collections.abc import Sequence
from typing import Final

import asyncpg

from tracking.clock import utc_now
from tracking.sealing import open_sealed
from tracking.secret_tokens import USE_IS_NOTED_EVERY, split_token
from tracking.settings import SecretsKey

POSTBACK_START: Final = "ct_post_"
SIGNING_START: Final = "ct_sign_"
_BY_PREFIX: Final = """
    SELECT id, account_id, offer_id, secret_sha256 FROM postback_secret WHERE prefix = $1 AND revoked_at IS NULL
"""
_NOTE_USE: Final = """
    UPDATE postback_secret SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)
"""
_BY_NAME: Final = """
    SELECT sealed_key FROM signing_key WHERE account_id = $1 AND key_name = $2 AND revoked_at IS NULL
"""


async def find_offer_secret(pool: asyncpg.Pool, account_id: int, offer_id: int, token: str) -> int | None:
    """The id of the secret, if it is a live one of this offer of this account. None for everything else alike.

    The database is asked each time, so that a revoked one is refused at once. The prefix is no secret; what follows it
    is compared as a hash, in a time that does not depend on how much of it is right.
    """
    parts = split_token(POSTBACK_START, token)
    row = await pool.fetchrow(_BY_PREFIX, parts.prefix) if parts else None
    if parts is None or row is None or not hmac.compare_digest(row["secret_sha256"], parts.secret_sha256):
        return None
    if (row["account_id"], row["offer_id"]) != (account_id, offer_id):
        return None
    now = utc_now()
    await pool.execute(_NOTE_USE, row["id"], now, now - USE_IS_NOTED_EVERY)
    secret_id: int = row["id"]
    return secret_id


async def find_signing_key(
    pool: asyncpg.Pool, account_id: int, key_name: str, secrets_keys: Sequence[SecretsKey]
) -> bytes | None:
    """What to check a signature with; None when the account has no such live key.

    Raises SealError when it was sealed with a key that SECRETS_KEYS does not hold any more.
    """
    if not (key_name.isascii() and key_name.isalnum()):
        return None  # none of ours, and perhaps nothing that PostgreSQL takes as text
    sealed = await pool.fetchval(_BY_NAME, account_id, key_name)
    return None if sealed is None else open_sealed(secrets_keys, sealed, describe_signing_key(account_id, key_name))


def describe_signing_key(account_id: int, key_name: str) -> bytes:
    """Whose it is, bound into the seal: moved to another row, it does not open."""
    return f"signing key {key_name} of account {account_id}".encode()
