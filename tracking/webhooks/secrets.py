"""What signs deliveries: `whsec_` and 32 random bytes in base64, shown once, kept sealed (Standard Webhooks 1.0.0)."""

import base64
import secrets
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.sealing import open_sealed, seal
from tracking.settings import SecretsKey

SIGNING_START: Final = "whsec_"
_SECRET_BYTES: Final = 32
_HINT_CHARS: Final = 4
# The newest first, which is the one that a receiver should know by now.
_LIVE: Final = """
    SELECT endpoint_id, sealed_secret FROM webhook_secret
    WHERE endpoint_id = ANY ($1::bigint[]) AND (expires_at IS NULL OR expires_at > now()) AND sealed_secret <> ''
    ORDER BY id DESC
"""
_FORGET: Final = "UPDATE webhook_secret SET sealed_secret = '' WHERE expires_at <= now() AND sealed_secret <> ''"


class NewSecret(NamedTuple):
    """`token` as its owner sees it, once; `hint` is its end, to tell it from others."""

    token: str
    sealed: bytes
    hint: str


def make_secret(keys: Sequence[SecretsKey], endpoint_id: int) -> NewSecret:
    octets = secrets.token_bytes(_SECRET_BYTES)
    token = SIGNING_START + base64.b64encode(octets).decode()
    return NewSecret(token, seal(keys, octets, describe_owner(endpoint_id)), token.rstrip("=")[-_HINT_CHARS:])


def describe_owner(endpoint_id: int) -> bytes:
    """Whose it is, bound into the seal: moved to another endpoint, it does not open."""
    return f"webhook secret of endpoint {endpoint_id}".encode()


async def find_live_secrets(
    pool: asyncpg.Pool | asyncpg.Connection, endpoint_ids: Collection[int], keys: Sequence[SecretsKey]
) -> dict[int, list[bytes]]:
    """The bytes to sign with, the newest first, by endpoint.

    Raises SealError when one was sealed with a key that SECRETS_KEYS does not hold any more.
    """
    found: dict[int, list[bytes]] = {}
    for row in await pool.fetch(_LIVE, list(endpoint_ids)):
        endpoint_id = row["endpoint_id"]
        octets = open_sealed(keys, row["sealed_secret"], describe_owner(endpoint_id))
        found.setdefault(endpoint_id, []).append(octets)
    return found


async def forget_expired_secrets(pool: asyncpg.Pool) -> None:
    """Those that sign no more. Their hints stay, so that it can be told which were in use when."""
    await pool.execute(_FORGET)
