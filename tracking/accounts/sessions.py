"""Session tokens: what a brand's server gives to the browser of one user or one creator, for an hour at most.

A token is claims under a MAC and no row. Whether they still hold is read anew each time: from the key that issued it,
which ends its tokens with itself, and from the user, whose role decides what the token may do.
"""

import base64
import binascii
import datetime as dt
import hmac
import secrets
import struct
from hashlib import blake2b
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.accounts.credentials import Credential, renew_credential
from tracking.accounts.models import User
from tracking.clock import utc_now
from tracking.creators.models import Creator
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.idempotency import run_once

SESSION_START: Final = "ct_sess_"
MAX_TTL_S: Final = 3600
_OPERATION: Final = "createSessionToken"
_PERSON: Final = b"ct session token"  # 16 bytes: no key that is derived for another purpose is the same
_TAG_BYTES: Final = 32
_CLAIMS: Final = struct.Struct(">BqqqqQ")
_MAX_TOKEN_CHARS: Final = len(SESSION_START) + (_CLAIMS.size + _TAG_BYTES) * 4 // 3 + 4
_OF_USER: Final = 1
_OF_CREATOR: Final = 2


class NewSession(NamedTuple):
    """Exactly one of `user_id` and `creator_id`."""

    user_id: int | None
    creator_id: int | None
    ttl_s: int = MAX_TTL_S


class SessionClaims(NamedTuple):
    """What the token says. `nonce` makes each token one of its own."""

    account_id: int
    api_key_id: int
    user_id: int | None
    creator_id: int | None
    expires_at: dt.datetime
    nonce: int


class Session(NamedTuple):
    token: str
    expires_at: dt.datetime


async def create_session(
    issuer: Credential, wanted: NewSession, cookie_secret: bytes, *, idempotency_key: str | None = None
) -> Session:
    """A token for one user or creator, which never outlives the key that issues it.

    It is not stored: a repeat with the same idempotency key signs the same claims again.
    """
    if (wanted.user_id is None) == (wanted.creator_id is None):
        raise InvalidInputError("a session is of one user or of one creator: give exactly one id")
    if not 1 <= wanted.ttl_s <= MAX_TTL_S:
        raise InvalidInputError(f"a session lasts 1 to {MAX_TTL_S} seconds", ("ttlS",))

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await _check_subject(connection, issuer.account_id, wanted)
        ends = utc_now() + dt.timedelta(seconds=wanted.ttl_s)
        if issuer.expires_at is not None:
            ends = min(ends, issuer.expires_at)
        return [int(ends.timestamp()), secrets.randbits(63)]

    given = [issuer.api_key_id, *wanted]
    ends_at_s, nonce = await run_once(issuer.account_id, _OPERATION, idempotency_key, given, work)
    expires_at = dt.datetime.fromtimestamp(ends_at_s, dt.UTC)
    claims = SessionClaims(issuer.account_id, issuer.api_key_id, wanted.user_id, wanted.creator_id, expires_at, nonce)
    return Session(sign_session(claims, cookie_secret), expires_at)


async def find_session(token: str, cookie_secret: bytes) -> Credential | None:
    """None for what is forged, over, issued by a key that ended, or of a user who is archived."""
    claims = read_session(token, cookie_secret)
    if claims is None:
        return None
    return await renew_credential(
        Credential(
            claims.account_id,
            claims.api_key_id,
            frozenset(),
            claims.expires_at,
            user_id=claims.user_id,
            creator_id=claims.creator_id,
        )
    )


def sign_session(claims: SessionClaims, cookie_secret: bytes) -> str:
    kind = _OF_CREATOR if claims.user_id is None else _OF_USER
    subject = claims.creator_id if claims.user_id is None else claims.user_id
    ends_at_s = int(claims.expires_at.timestamp())
    signed = _CLAIMS.pack(kind, claims.account_id, claims.api_key_id, subject, ends_at_s, claims.nonce)
    return SESSION_START + _encode(signed + _make_tag(signed, cookie_secret))


def read_session(token: str, cookie_secret: bytes) -> SessionClaims | None:
    """The claims, once the MAC is right. Whether they still hold is another question."""
    raw = _decode(token)
    if raw is None or not hmac.compare_digest(raw[_CLAIMS.size :], _make_tag(raw[: _CLAIMS.size], cookie_secret)):
        return None
    kind, account_id, api_key_id, subject, ends_at_s, nonce = _CLAIMS.unpack(raw[: _CLAIMS.size])
    return SessionClaims(
        account_id,
        api_key_id,
        user_id=subject if kind == _OF_USER else None,
        creator_id=subject if kind == _OF_CREATOR else None,
        expires_at=dt.datetime.fromtimestamp(ends_at_s, dt.UTC),
        nonce=nonce,
    )


async def _check_subject(connection: BaseDBAsyncClient, account_id: int, wanted: NewSession) -> None:
    if wanted.user_id is not None:
        user = await User.get_or_none(id=wanted.user_id, account_id=account_id, using_db=connection)
        if user is None:
            raise NotFoundError("no such user", ("userId",))
        if user.archived_at is not None:
            raise ArchivedError("an archived user opens no session", ("userId",))
    elif not await Creator.filter(id=wanted.creator_id, account_id=account_id).using_db(connection).exists():
        raise NotFoundError("no such creator", ("creatorId",))


def _make_tag(signed: bytes, cookie_secret: bytes) -> bytes:
    key = blake2b(key=cookie_secret, person=_PERSON, digest_size=32).digest()
    return blake2b(signed, key=key, digest_size=_TAG_BYTES).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes | None:
    """None for what is not exactly as we write it: there is one text for each token."""
    text = token.removeprefix(SESSION_START)
    if text == token or len(token) > _MAX_TOKEN_CHARS or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == _CLAIMS.size + _TAG_BYTES and _encode(raw) == text else None
