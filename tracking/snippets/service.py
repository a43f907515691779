"""Use cases of the snippets: their keys, and where they may run. Each owns its transaction."""

from collections.abc import Sequence

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.accounts.account_settings import note_conversions_configured
from tracking.accounts.models import Account
from tracking.accounts.rules import check_origins
from tracking.changes.rules import ChangeKind
from tracking.changes.service import Change, record_changes
from tracking.clock import utc_now
from tracking.errors import NotFoundError
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.offers.live_places import find_free_place
from tracking.snippets.models import SnippetKey
from tracking.snippets.rules import make_snippet_key


async def create_snippet_key(account_id: int, *, idempotency_key: str | None = None) -> int:
    """Its id. Raises InvalidInputError while two are live."""

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        await Account.select_for_update(no_key=True).using_db(connection).get(id=account_id)
        await note_conversions_configured(connection, account_id)
        live = await SnippetKey.filter(account_id=account_id, revoked_at=None).using_db(connection)
        place = find_free_place([each.place for each in live], "snippet keys", ())
        row = await SnippetKey.create(account_id=account_id, place=place, key=make_snippet_key(), using_db=connection)
        noted = Noted("SnippetKey", row.id, "CREATED", after={"key": row.key})
        await record_history(connection, account_id, [noted])
        await record_changes(connection, [Change(ChangeKind.ACCOUNT, account_id)])
        return [row.id]

    [key_id] = await run_once(account_id, "createSnippetKey", idempotency_key, [], work)
    return key_id


async def revoke_snippet_key(account_id: int, key_id: int) -> SnippetKey:
    """Reports that carry it are refused as soon as redirectors know. Revoking again changes nothing."""
    async with in_transaction() as connection:
        row = await SnippetKey.select_for_update().get_or_none(id=key_id, account_id=account_id)
        if row is None:
            raise NotFoundError("no such snippet key", ("id",))
        if row.revoked_at is None:
            row.revoked_at = utc_now()
            await row.save(update_fields=["revoked_at"])
            await record_history(connection, account_id, [Noted("SnippetKey", row.id, "REVOKED")])
            await record_changes(connection, [Change(ChangeKind.ACCOUNT, account_id)])
    return row


async def set_snippet_origins(account_id: int, given: Sequence[str]) -> Account:
    """Where the snippets may run; nothing for anywhere. Raises InvalidInputError."""
    origins = list(check_origins(given, "snippetOrigins"))
    async with in_transaction() as connection:
        account = await Account.select_for_update(no_key=True).using_db(connection).get(id=account_id)
        before = list(account.snippet_origins)
        if origins != before:
            account.snippet_origins = origins
            await account.save(using_db=connection, update_fields=["snippet_origins"])
            noted = Noted("Account", account_id, "UPDATED", {"snippetOrigins": before}, {"snippetOrigins": origins})
            await record_history(connection, account_id, [noted])
            await record_changes(connection, [Change(ChangeKind.ACCOUNT, account_id)])
    return account
