"""Use cases of accounts and their keys. Each owns its transaction."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.accounts.models import Account, ApiKey, Scope
from tracking.accounts.rules import check_account_slug, check_currency, check_timezone, make_api_key, split_api_key
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.text import check_text

LOCAL_SUFFIX = ".localhost"


class NewApiKey(NamedTuple):
    """`token` is shown once and kept nowhere."""

    row: ApiKey
    token: str


class WantedApiKey(NamedTuple):
    name: str
    scopes: frozenset[Scope]
    expires_at: dt.datetime | None = None


class IssuedApiKey(NamedTuple):
    """`token` is None in the answer to a repeat."""

    key_id: int
    token: str | None


async def create_account(
    name: str, slug: str, *, timezone: str = "UTC", currency: str = "USD", local_domain: bool = True
) -> Account:
    """An account, with `<slug>.localhost` as its verified domain where that name is of use: in the embedded default."""
    try:
        async with in_transaction():
            account = await Account.create(
                name=check_text(name, "name", max_chars=200),
                slug=check_account_slug(slug),
                timezone=check_timezone(timezone),
                currency=check_currency(currency),
            )
            if local_domain:
                await TrackingDomain.create(
                    account=account, host=slug + LOCAL_SUFFIX, verified_at=utc_now(), is_default=True
                )
    except IntegrityError as error:
        raise TakenError(f"an account {slug!r} exists already", ("slug",)) from error
    return account


async def create_api_key(
    account_id: int, name: str, scopes: Iterable[Scope], *, expires_at: dt.datetime | None = None
) -> NewApiKey:
    """A new key. It is not told again: only its hash is stored."""
    async with in_transaction() as connection:
        return await _create_key(connection, account_id, WantedApiKey(name, frozenset(scopes), expires_at))


async def create_api_key_once(account_id: int, wanted: WantedApiKey, *, idempotency_key: str | None) -> IssuedApiKey:
    """A repeat with the same idempotency key answers with the first key, and without its token: nobody has it."""
    tokens: list[str] = []

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        made = await _create_key(connection, account_id, wanted)
        tokens.append(made.token)
        return [made.row.id]

    given = (wanted.name, sorted(wanted.scopes), wanted.expires_at)
    [key_id] = await run_once(account_id, "createApiKey", idempotency_key, given, work)
    return IssuedApiKey(key_id, tokens[0] if tokens else None)


async def revoke_api_key(account_id: int, key_id: int) -> ApiKey:
    """From the next request on the key opens nothing. Revoking again changes nothing.

    The last live key that may ADMIN is refused with InvalidInputError: nobody could make another one. The lock on the
    account makes two of them that are revoked at once take turns.
    """
    async with in_transaction() as connection:
        await connection.execute_query("SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE", [account_id])
        row = await ApiKey.get_or_none(id=key_id, account_id=account_id, using_db=connection)
        if row is None:
            raise NotFoundError("no such key", ("id",))
        if row.revoked_at is None:
            now = utc_now()
            if _is_live_admin(row, now) and not await _has_other_admin(connection, row, now):
                raise InvalidInputError(
                    f"{row.prefix} is the last key that may ADMIN: create another one first", ("id",)
                )
            row.revoked_at = now
            await row.save(using_db=connection, update_fields=["revoked_at"])
            await record_history(connection, account_id, [Noted("ApiKey", row.id, "REVOKED")])
    return row


async def _create_key(connection: BaseDBAsyncClient, account_id: int, wanted: WantedApiKey) -> NewApiKey:
    scopes = [scope.value for scope in sorted(wanted.scopes)]
    if not scopes:
        raise InvalidInputError("a key needs a scope: READ, WRITE or ADMIN", ("scopes",))
    if wanted.expires_at is not None and wanted.expires_at <= utc_now():
        raise InvalidInputError("a key expires in the future, or never", ("expiresAt",))
    token = make_api_key()
    parts = split_api_key(token)
    assert parts is not None  # noqa: S101 -- our own format
    row = await ApiKey.create(
        account_id=account_id,
        name=check_text(wanted.name, "name", max_chars=200),
        prefix=parts.prefix,
        secret_sha256=parts.secret_sha256,
        scopes=scopes,
        expires_at=wanted.expires_at,
        using_db=connection,
    )
    after = {"name": row.name, "prefix": row.prefix, "scopes": scopes, "expiresAt": wanted.expires_at}
    await record_history(connection, account_id, [Noted("ApiKey", row.id, "CREATED", None, after)])
    return NewApiKey(row, token)


def _is_live_admin(key: ApiKey, now: dt.datetime) -> bool:
    return Scope.ADMIN in key.scopes and (key.expires_at is None or key.expires_at > now)


async def _has_other_admin(connection: BaseDBAsyncClient, key: ApiKey, now: dt.datetime) -> bool:
    others = await ApiKey.filter(account_id=key.account_id, revoked_at=None).exclude(id=key.id).using_db(connection)
    return any(_is_live_admin(other, now) for other in others)
