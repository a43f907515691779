"""Set what an account, a campaign or a link does about programs. A change counts from its time on, never backwards."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.bots.policies.checking import GRAPH_NAMES, change_overrides
from tracking.bots.policies.rules import BotMode, Overrides, decode_overrides, encode_overrides
from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change, record_changes
from tracking.errors import ArchivedError, InvalidInputError, NotFoundError
from tracking.history.service import Noted, find_difference, record_history

# A batch of clicks is judged by the versions that it saw. One that commits later holds only for clicks that had not
# happened then, because its time still lies ahead when it is committed.
LEAD: Final = dt.timedelta(seconds=2)
LEAD_LEFT: Final = dt.timedelta(seconds=1)
_MAX_TRIES: Final = 5

_LOCK_ACCOUNT: Final = "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE"
_LOCK_CAMPAIGN: Final = "SELECT id FROM campaign WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE"
_LOCK_LINK: Final = """
    SELECT link.id, host, slug, link.archived_at FROM link JOIN tracking_domain AS domain ON domain.id = domain_id
    WHERE link.account_id = $1 AND link.id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE OF link
"""
_READ_NEWEST: Final = """
    SELECT overrides, effective_at FROM bot_policy_version
    WHERE account_id = $1 AND campaign_id IS NOT DISTINCT FROM $2 AND link_id IS NOT DISTINCT FROM $3
    ORDER BY effective_at DESC LIMIT 1
"""
# Later than the version before it, also where the clock was set back.
_INSERT: Final = """
    INSERT INTO bot_policy_version (account_id, campaign_id, link_id, overrides, effective_at, created_at)
    VALUES ($1, $2, $3, $4, greatest(clock_timestamp() + $5, $6::timestamptz + interval '1 millisecond'), now())
    RETURNING effective_at
"""
_IS_AHEAD: Final = "SELECT clock_timestamp() + $2 < $1::timestamptz AS is_ahead"


class _CommittedTooLateError(Exception):
    """Something held the transaction up until the time from which its version was to hold."""


class _Scope(NamedTuple):
    """Whose policy it is, as history, change log and its own row name it."""

    type_name: str
    table: str
    row_id: int
    campaign_id: int | None
    link_id: int | None
    change: Change


async def update_bot_policy(
    account_id: int, changes: Mapping[str, Any], *, campaign_id: int | None = None, link_id: int | None = None
) -> None:
    """Set what is named in `changes`, by the names of Overrides; None leaves a field to the next wider scope.

    With neither campaign nor link it is the account's. What changes nothing writes nothing. Raises NotFoundError,
    ArchivedError for a link, or InvalidInputError.
    """
    if campaign_id is not None and link_id is not None:
        raise InvalidInputError("a campaign or one of its links: give one of the two", ("linkId",))
    for last_try in (False,) * (_MAX_TRIES - 1) + (True,):
        try:
            async with in_transaction() as connection:
                scope = await _lock_scope(connection, account_id, campaign_id, link_id)
                await _update(connection, account_id, scope, changes)
        except _CommittedTooLateError:
            if last_try:
                raise
        else:
            return


async def _lock_scope(
    connection: BaseDBAsyncClient, account_id: int, campaign_id: int | None, link_id: int | None
) -> _Scope:
    """Two updates of one scope take turns. Others do not wait for each other."""
    if link_id is not None:
        rows = await connection.execute_query_dict(_LOCK_LINK, [account_id, link_id])
        if not rows:
            raise NotFoundError("no such link", ("linkId",))
        if rows[0]["archived_at"] is not None:
            raise ArchivedError("this link is archived: it has no clicks any more", ("linkId",))
        change = Change(ChangeKind.LINK, link_id, write_address(rows[0]["host"], rows[0]["slug"]))
        return _Scope("Link", "link", link_id, None, link_id, change)
    if campaign_id is not None:
        if not await connection.execute_query_dict(_LOCK_CAMPAIGN, [account_id, campaign_id]):
            raise NotFoundError("no such campaign", ("campaignId",))
        return _Scope("Campaign", "campaign", campaign_id, campaign_id, None, Change(ChangeKind.CAMPAIGN, campaign_id))
    await connection.execute_query(_LOCK_ACCOUNT, [account_id])
    return _Scope("Account", "account", account_id, None, None, Change(ChangeKind.ACCOUNT, account_id))


async def _update(connection: BaseDBAsyncClient, account_id: int, scope: _Scope, changes: Mapping[str, Any]) -> None:
    of_scope = [account_id, scope.campaign_id, scope.link_id]
    newest = await connection.execute_query_dict(_READ_NEWEST, of_scope)
    before = decode_overrides(newest[0]["overrides"]) if newest else Overrides()
    after = change_overrides(before, changes)
    if after == before:
        return
    replaced_at = newest[0]["effective_at"] if newest else None
    values = [*of_scope, encode_overrides(after), LEAD, replaced_at]
    [inserted] = await connection.execute_query_dict(_INSERT, values)
    if after.mode != before.mode:
        mode = after.mode or (BotMode.LABEL if scope.table == "account" else None)
        await connection.execute_query(f"UPDATE {scope.table} SET bot_mode = $2 WHERE id = $1", [scope.row_id, mode])
    was, became = find_difference(_describe(before), _describe(after))
    became["botPolicy.effectiveAt"] = inserted["effective_at"].isoformat()
    noted = Noted(scope.type_name, scope.row_id, "BOT_POLICY_UPDATED", was, became)
    await record_history(connection, account_id, [noted])
    await record_changes(connection, [scope.change])
    [ahead] = await connection.execute_query_dict(_IS_AHEAD, [inserted["effective_at"], LEAD_LEFT])
    if not ahead["is_ahead"]:
        raise _CommittedTooLateError


def _describe(overrides: Overrides) -> dict[str, Any]:
    """As history tells it, by the path of each field in the graph."""
    told = msgspec.to_builtins(overrides)
    return {f"botPolicy.{name}": told.get(name) for name in GRAPH_NAMES.values()}
