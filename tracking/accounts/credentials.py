"""From the token of a request to whose it is and what it may do."""

import datetime as dt
import hmac
from collections.abc import Collection
from typing import Final, NamedTuple

import asyncpg

from tracking.accounts.models import Account, ApiKey, Role, Scope, User
from tracking.accounts.rules import scopes_of, split_api_key
from tracking.clock import utc_now
from tracking.history.actors import Actor
from tracking.history.models import ActorKind
from tracking.secret_tokens import USE_IS_NOTED_EVERY

_RENEW: Final = """
    SELECT held.position, key.scopes, person.role, account.allowed_origins
    FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS held (api_key_id, user_id, position)
    JOIN api_key AS key
        ON key.id = held.api_key_id AND key.revoked_at IS NULL AND (key.expires_at IS NULL OR key.expires_at > $3)
    JOIN account ON account.id = key.account_id
    LEFT JOIN user_of_account AS person ON person.id = held.user_id AND person.archived_at IS NULL
    WHERE held.user_id IS NULL OR person.id IS NOT NULL
"""


class Credential(NamedTuple):
    """Who asks. The account of every query comes from here, never from an argument (rule 11)."""

    account_id: int
    api_key_id: int
    scopes: frozenset[Scope]
    expires_at: dt.datetime | None
    user_id: int | None = None
    creator_id: int | None = None
    role: Role | None = None
    browser_origins: frozenset[str] = frozenset()  # pages of these other origins may use it; none may use a key

    @property
    def is_session(self) -> bool:
        return self.user_id is not None or self.creator_id is not None

    def is_over(self, now: dt.datetime) -> bool:
        return _is_over(self.expires_at, now)

    @property
    def actor(self) -> Actor:
        """Who is noted in the history of what this credential changes."""
        if self.creator_id is not None:
            return Actor(ActorKind.CREATOR, self.creator_id)
        if self.user_id is not None:
            return Actor(ActorKind.USER, self.user_id)
        return Actor(ActorKind.API_KEY, self.api_key_id)


async def find_credential(token: str) -> Credential | None:
    """Ask the database each time, so that a revoked key is refused at once. None for unknown, expired and revoked."""
    parts = split_api_key(token)
    row = await ApiKey.get_or_none(prefix=parts.prefix) if parts else None
    if parts is None or row is None or not hmac.compare_digest(row.secret_sha256, parts.secret_sha256):
        return None
    now = utc_now()
    if row.revoked_at is not None or _is_over(row.expires_at, now):
        return None
    if row.last_used_at is None or now - row.last_used_at >= USE_IS_NOTED_EVERY:
        await ApiKey.filter(id=row.id).update(last_used_at=now)
    return Credential(row.account_id, row.id, _widen(row.scopes), row.expires_at)


async def renew_credential(held: Credential) -> Credential | None:
    """As its rows make it now; None once its key or its user has ended: for sessions, and for connections."""
    now = utc_now()
    key = await ApiKey.get_or_none(id=held.api_key_id, account_id=held.account_id, revoked_at=None)
    if key is None or _is_over(key.expires_at, now) or held.is_over(now):
        return None
    scopes = _widen(key.scopes)
    if held.user_id is not None:
        user = await User.get_or_none(id=held.user_id, account_id=held.account_id, archived_at=None)
        if user is None:
            return None
        origins = await _find_origins(held.account_id)
        return held._replace(scopes=scopes & scopes_of(user.role), role=user.role, browser_origins=origins)
    if held.creator_id is not None:
        origins = await _find_origins(held.account_id)
        return held._replace(scopes=scopes & {Scope.READ}, browser_origins=origins)
    return held._replace(scopes=scopes)


async def renew_credentials(pool: asyncpg.Pool, held: Collection[Credential]) -> dict[Credential, Credential | None]:
    """As `renew_credential`, for all that are held, in one statement."""
    credentials, now = list(held), utc_now()
    rows = await pool.fetch(
        _RENEW, [each.api_key_id for each in credentials], [each.user_id for each in credentials], now
    )
    found = {credentials[row["position"] - 1]: row for row in rows}
    return {
        each: _renew(each, found[each]) if each in found and not each.is_over(now) else None for each in credentials
    }


def _renew(held: Credential, row: asyncpg.Record) -> Credential:
    scopes, origins = _widen(row["scopes"]), frozenset(row["allowed_origins"])
    if held.user_id is not None:
        role = Role(row["role"])
        return held._replace(scopes=scopes & scopes_of(role), role=role, browser_origins=origins)
    if held.creator_id is not None:
        return held._replace(scopes=scopes & {Scope.READ}, browser_origins=origins)
    return held._replace(scopes=scopes)


async def _find_origins(account_id: int) -> frozenset[str]:
    account = await Account.get(id=account_id)
    return frozenset(account.allowed_origins)


def _is_over(ends: dt.datetime | None, now: dt.datetime) -> bool:
    return ends is not None and ends <= now


def _widen(scopes: list[str]) -> frozenset[Scope]:
    """ADMIN may write, and who may write may read."""
    held = {Scope(scope) for scope in scopes}
    if Scope.ADMIN in held:
        held |= {Scope.WRITE}
    if Scope.WRITE in held:
        held |= {Scope.READ}
    return frozenset(held)
