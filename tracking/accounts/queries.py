"""Reads of the people and keys of an account. Used by the api."""

import datetime as dt
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.accounts.models import Role, Scope
from tracking.paging import Conditions, Window

_USERS: Final = """
    SELECT id, name, external_id, role, archived_at, created_at, lower(name) AS sort_key FROM user_of_account
"""
_KEYS: Final = """
    SELECT id, name, prefix, scopes, created_at, expires_at, coalesce(expires_at <= now(), false) AS is_expired,
           revoked_at, last_used_at
    FROM api_key
"""
_IS_LIVE: Final = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"


class UserRow(NamedTuple):
    id: int
    name: str
    external_id: str | None
    role: Role
    archived_at: dt.datetime | None
    created_at: dt.datetime
    sort_key: str


class ApiKeyRow(NamedTuple):
    """All that may be shown of a key: its prefix names it, and no secret is among it."""

    id: int
    name: str
    prefix: str
    scopes: list[Scope]
    created_at: dt.datetime
    expires_at: dt.datetime | None
    is_expired: bool
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None


class UserFilter(NamedTuple):
    """What is None restricts nothing. `search` finds names and external ids that hold it, in any case."""

    search: str | None = None
    external_ids: Collection[str] | None = None
    roles: Collection[Role] | None = None
    is_archived: bool | None = None


class ApiKeyFilter(NamedTuple):
    """What is None restricts nothing. `is_live`: neither revoked nor expired."""

    prefix: str | None = None
    is_live: bool | None = None


async def list_users(
    pool: asyncpg.Pool, account_id: int, wanted: UserFilter, window: Window, *, by_name: bool, is_descending: bool
) -> list[UserRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.search(["name", "external_id"], wanted.search)
    conditions.add_if_given("external_id = ANY ({}::text[])", _list(wanted.external_ids))
    conditions.add_if_given("role = ANY ({}::text[])", _list(wanted.roles))
    conditions.add_if_given("(archived_at IS NOT NULL) = {}", wanted.is_archived)
    columns = ["lower(name)", "id"] if by_name else ["id"]
    page = conditions.page(columns, window, is_descending=is_descending)
    return [_read_user(row) for row in await pool.fetch(f"{_USERS} {page}", *conditions.parameters)]


async def find_users(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, UserRow]:
    """By id, archived ones too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_USERS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_user(row) for row in rows}


async def list_api_keys(
    pool: asyncpg.Pool, account_id: int, wanted: ApiKeyFilter, window: Window, *, is_descending: bool
) -> list[ApiKeyRow]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.add_if_given("prefix = {}", wanted.prefix)
    conditions.add_if_given(f"({_IS_LIVE}) = {{}}", wanted.is_live)
    page = conditions.page(["id"], window, is_descending=is_descending)
    return [_read_key(row) for row in await pool.fetch(f"{_KEYS} {page}", *conditions.parameters)]


async def find_api_keys(pool: asyncpg.Pool, account_id: int, ids: Collection[int]) -> dict[int, ApiKeyRow]:
    """By id, those that open nothing any more too. What this account does not have is left out."""
    rows = await pool.fetch(f"{_KEYS} WHERE account_id = $1 AND id = ANY ($2::bigint[])", account_id, list(ids))
    return {row["id"]: _read_key(row) for row in rows}


def _read_user(row: asyncpg.Record) -> UserRow:
    return UserRow(**{**row, "role": Role(row["role"])})


def _read_key(row: asyncpg.Record) -> ApiKeyRow:
    return ApiKeyRow(**{**row, "scopes": [Scope(scope) for scope in row["scopes"]]})


def _list(values: Collection[str] | None) -> list[str] | None:
    return None if values is None else list(values)
