"""Use cases of signing keys. Each owns its transaction."""

from collections.abc import Sequence
from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.account_settings import note_conversions_configured
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.errors import InvalidInputError, NotFoundError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.offers.credentials import SIGNING_START, describe_signing_key
from tracking.offers.live_places import find_free_place
from tracking.offers.models import SigningKey
from tracking.sealing import seal
from tracking.secret_tokens import make_token, split_token
from tracking.settings import SecretsKey


class IssuedSigningKey(NamedTuple):
    """`token` is shown once; None in the answer to a repeat."""

    signing_key_id: int
    token: str | None


async def create_signing_key(
    account_id: int, secrets_keys: Sequence[SecretsKey], *, idempotency_key: str | None = None
) -> IssuedSigningKey:
    """Raises InvalidInputError while two are live, and where the installation has no key to seal it with."""
    tokens: list[str] = []
    if not secrets_keys:
        raise InvalidInputError("this installation has no SECRETS_KEYS: its operator has to set one first")

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await Account.select_for_update(no_key=True).using_db(connection).get(id=account_id)
        await note_conversions_configured(connection, account_id)
        live = await SigningKey.filter(account_id=account_id, revoked_at=None).using_db(connection)
        place = find_free_place([each.place for each in live], "signing keys", ())
        token = make_token(SIGNING_START)
        parts = split_token(SIGNING_START, token)
        assert parts is not None  # noqa: S101 -- our own format
        row = await SigningKey.create(
            account_id=account_id,
            place=place,
            key_name=parts.prefix,
            sealed_key=seal(secrets_keys, token.encode(), describe_signing_key(account_id, parts.prefix)),
            using_db=connection,
        )
        noted = Noted("SigningKey", row.id, "CREATED", after={"keyName": row.key_name})
        await record_history(connection, account_id, [noted])
        tokens.append(token)
        return [row.id]

    [key_id] = await run_once(account_id, "createSigningKey", idempotency_key, [], work)
    return IssuedSigningKey(key_id, tokens[0] if tokens else None)


async def revoke_signing_key(account_id: int, key_id: int) -> SigningKey:
    """What it signs proves nothing from now on, and the key itself is forgotten. Doing it again changes nothing."""
    async with in_transaction() as connection:
        row = await SigningKey.select_for_update().get_or_none(id=key_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such signing key", ("id",))
        if row.revoked_at is None:
            row.revoked_at, row.sealed_key = utc_now(), b""
            await row.save(update_fields=["revoked_at", "sealed_key"])
            await record_history(connection, account_id, [Noted("SigningKey", row.id, "REVOKED")])
    return row
