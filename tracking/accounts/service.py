"""Use cases of accounts and their keys. Each owns its transaction."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from tracking.accounts.models import Account, ApiKey, Scope
from tracking.accounts.rules import check_account_slug, check_currency, check_timezone, make_api_key, split_api_key
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.text import check_text

LOCAL_SUFFIX = ".localhost"


class NewApiKey(NamedTuple):
    """`token` is shown once and kept nowhere."""

    row: ApiKey
    token: str


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
    wanted = sorted(set(scopes))
    if not wanted:
        raise InvalidInputError("a key needs a scope: READ, WRITE or ADMIN", ("scopes",))
    if expires_at is not None and expires_at <= utc_now():
        raise InvalidInputError("a key expires in the future, or never", ("expiresAt",))
    token = make_api_key()
    parts = split_api_key(token)
    assert parts is not None  # noqa: S101 -- our own format
    row = await ApiKey.create(
        account_id=account_id,
        name=check_text(name, "name", max_chars=200),
        prefix=parts.prefix,
        secret_sha256=parts.secret_sha256,
        scopes=[scope.value for scope in wanted],
        expires_at=expires_at,
    )
    return NewApiKey(row, token)


async def revoke_api_key(account_id: int, key_id: int) -> ApiKey:
    """From the next request on the key opens nothing. Revoking again changes nothing."""
    row = await ApiKey.get_or_none(id=key_id, account_id=account_id)
    if row is None:
        raise NotFoundError("no such key", ("id",))
    if row.revoked_at is None:
        row.revoked_at = utc_now()
        await row.save(update_fields=["revoked_at"])
    return row
