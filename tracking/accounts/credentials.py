"""From the token of a request to whose it is and what it may do."""

import datetime as dt
import hmac
from typing import NamedTuple

from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.rules import split_api_key
from tracking.clock import utc_now
from tracking.history.actors import Actor
from tracking.history.models import ActorKind

USE_IS_NOTED_EVERY = dt.timedelta(minutes=1)


class Credential(NamedTuple):
    """Who asks. The account of every query comes from here, never from an argument (rule 11)."""

    account_id: int
    api_key_id: int
    scopes: frozenset[Scope]
    expires_at: dt.datetime | None
    user_id: int | None = None
    creator_id: int | None = None

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
    if row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    if row.last_used_at is None or now - row.last_used_at >= USE_IS_NOTED_EVERY:
        await ApiKey.filter(id=row.id).update(last_used_at=now)
    return Credential(row.account_id, row.id, _widen(row.scopes), row.expires_at)


async def is_still_valid(credential: Credential) -> bool:
    """For streams, which outlive the request that opened them."""
    row = await ApiKey.get_or_none(id=credential.api_key_id, revoked_at=None)
    return row is not None and (row.expires_at is None or row.expires_at > utc_now())


def _widen(scopes: list[str]) -> frozenset[Scope]:
    """ADMIN may write, and who may write may read."""
    held = {Scope(scope) for scope in scopes}
    if Scope.ADMIN in held:
        held |= {Scope.WRITE}
    if Scope.WRITE in held:
        held |= {Scope.READ}
    return frozenset(held)
