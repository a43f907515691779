"""Use cases of postback secrets. Each owns its transaction."""

from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.account_settings import note_conversions_configured
from tracking.clock import utc_now
from tracking.errors import ArchivedError, NotFoundError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.offers.credentials import POSTBACK_START
from tracking.offers.live_places import find_free_place
from tracking.offers.models import PostbackSecret
from tracking.offers.service import lock_offer
from tracking.secret_tokens import make_token, split_token


class IssuedSecret(NamedTuple):
    """`token` is shown once and kept nowhere; None in the answer to a repeat."""

    secret_id: int
    token: str | None


async def create_postback_secret(account_id: int, offer_id: int, *, idempotency_key: str | None = None) -> IssuedSecret:
    """Raises NotFoundError, ArchivedError, or InvalidInputError while two are live."""
    tokens: list[str] = []

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await note_conversions_configured(connection, account_id)
        offer = await lock_offer(account_id, offer_id, "offerId")
        if offer.archived_at is not None:
            raise ArchivedError("this offer is archived", ("offerId",))
        live = await PostbackSecret.filter(offer_id=offer.id, revoked_at=None).using_db(connection)
        place = find_free_place([each.place for each in live], "secrets of this offer", ("offerId",))
        token = make_token(POSTBACK_START)
        parts = split_token(POSTBACK_START, token)
        assert parts is not None  # noqa: S101 -- our own format
        row = await PostbackSecret.create(
            account_id=account_id,
            offer_id=offer.id,
            place=place,
            prefix=parts.prefix,
            secret_sha256=parts.secret_sha256,
            using_db=connection,
        )
        noted = Noted("PostbackSecret", row.id, "CREATED", after={"prefix": row.prefix})
        await record_history(connection, account_id, [noted])
        tokens.append(token)
        return [row.id]

    [secret_id] = await run_once(account_id, "createPostbackSecret", idempotency_key, [offer_id], work)
    return IssuedSecret(secret_id, tokens[0] if tokens else None)


async def revoke_postback_secret(account_id: int, secret_id: int) -> PostbackSecret:
    """From the next report on it proves nothing. Revoking again changes nothing."""
    async with in_transaction() as connection:
        row = await PostbackSecret.select_for_update().get_or_none(id=secret_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such postback secret", ("id",))
        if row.revoked_at is None:
            row.revoked_at = utc_now()
            await row.save(update_fields=["revoked_at"])
            await record_history(connection, account_id, [Noted("PostbackSecret", row.id, "REVOKED")])
    return row
