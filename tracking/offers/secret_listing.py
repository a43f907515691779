"""Reads of postback secrets and signing keys, without what they open with. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window

_OF_OFFERS: Final = "SELECT id, offer_id, prefix, created_at, last_used_at, revoked_at FROM postback_secret"
_OF_ACCOUNT: Final = "SELECT id, key_name, created_at, revoked_at FROM signing_key"


class PostbackSecretRow(NamedTuple):
    id: int
    offer_id: int
    prefix: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None
    revoked_at: dt.datetime | None


class SigningKeyRow(NamedTuple):
    id: int
    key_name: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None


async def find_postback_secrets(
    pool: asyncpg.Pool, account_id: int, ids: Collection[int]
) -> dict[int, PostbackSecretRow]:
    """By id, revoked ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_OF_OFFERS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: PostbackSecretRow(**row) for row in rows}


async def list_live_secrets(
    pool: asyncpg.Pool, account_id: int, offer_ids: Collection[int]
) -> dict[int, list[PostbackSecretRow]]:
    """Of each offer that has any, the older first."""
    rows = await pool.fetch(
        f"{_OF_OFFERS} WHERE account_id = $1 AND offer_id = ANY ($2::bigint[]) AND revoked_at IS NULL ORDER BY id",
        account_id,
        list(offer_ids),
    )
    found: dict[int, list[PostbackSecretRow]] = {}
    for row in rows:
        found.setdefault(row["offer_id"], []).append(PostbackSecretRow(**row))
    return found


async def find_signing_keys(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, SigningKeyRow]:
    """By id, revoked ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_OF_ACCOUNT} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: SigningKeyRow(**row) for row in rows}


async def list_signing_keys(pool: asyncpg.Pool, account_id: int, window: Window) -> list[SigningKeyRow]:
    """The newest first, revoked ones too."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    page = conditions.page(["id"], window, is_descending=True)
    return [SigningKeyRow(**row) for row in await pool.fetch(f"{_OF_ACCOUNT} {page}", *conditions.parameters)]
