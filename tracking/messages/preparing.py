"""The job that gives every recipient their links, in short transactions, by any number of workers at once.

Killed anywhere, the next call goes on: a recipient is marked in the transaction that makes their links.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from tortoise import connections
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.links.generation import find_or_make_creator_links
from tracking.messages.minting import RecipientSlot, mint_recipient_links
from tracking.messages.models import MessageSlot
from tracking.messages.recipients import add_recipients
from tracking.messages.rules import RecipientKind
from tracking.segments.members import ask_segment, list_member_ids
from tracking.segments.rules import read_definition

CONTACTS_A_BATCH: Final = 5_000
LINKS_A_BATCH: Final = 2_000

_LOCK: Final = """
    SELECT account_id, status, every_contact_until, every_contact_done, segment_definition, segment_at
    FROM message WHERE id = $1 FOR NO KEY UPDATE
"""
_NEXT_CONTACTS: Final = """
    SELECT id FROM contact WHERE account_id = $1 AND id > $2 AND id <= $3 ORDER BY id LIMIT $4
"""
_ADVANCE: Final = "UPDATE message SET every_contact_done = $2 WHERE id = $1"
_NEXT_RECIPIENTS: Final = """
    SELECT id, contact_id, creator_id FROM message_recipient WHERE message_id = $1 AND NOT is_prepared
    ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED
"""
_MARK: Final = """
    WITH marked AS (
        UPDATE message_recipient SET is_prepared = true WHERE id = ANY ($2::bigint[]) RETURNING 1
    )
    UPDATE message SET prepared = prepared + (SELECT count(*) FROM marked) WHERE id = $1
"""
_STATE: Final = """
    SELECT message.account_id, message.status, domain.host, domain.archived_at IS NOT NULL AS is_domain_archived
    FROM message JOIN tracking_domain AS domain ON domain.id = message.domain_id WHERE message.id = $1
"""
_FAIL: Final = "UPDATE message SET status = 'FAILED', failure = $2 WHERE id = $1 AND status = 'PREPARING'"
_FINISH: Final = """
    UPDATE message SET status = 'PREPARED', prepared_at = now()
    WHERE id = $1 AND status = 'PREPARING' AND prepared = recipients
        AND (every_contact_until IS NULL OR every_contact_done >= every_contact_until)
"""
_PREPARING: Final = "SELECT id FROM message WHERE status = 'PREPARING' AND id > $1 ORDER BY id LIMIT 1"


async def prepare_recipients(message_id: int, *, max_batches: int = 10_000) -> int:
    """Returns how many recipients got their links by this call. What is left then, another call or worker does."""
    done = 0
    for _ in range(max_batches):
        if not await _is_under_way(message_id):
            break
        added = await _add_contacts(message_id)
        marked = await _prepare_batch(message_id)
        done += marked
        await connections.get("default").execute_query(_FINISH, [message_id])
        if not added and not marked:
            break
    return done


async def find_message_in_preparation(after_id: int) -> int | None:
    """The next one whose job may have been lost; for the worker's cron."""
    rows = await connections.get("default").execute_query_dict(_PREPARING, [after_id])
    return rows[0]["id"] if rows else None


async def _is_under_way(message_id: int) -> bool:
    connection = connections.get("default")
    rows = await connection.execute_query_dict(_STATE, [message_id])
    if not rows or rows[0]["status"] != "PREPARING":
        return False
    if rows[0]["is_domain_archived"]:
        reason = f"{rows[0]['host']} was archived before all links were made"
        await connection.execute_query(_FAIL, [message_id, reason])
        return False
    return True


async def _add_contacts(message_id: int) -> bool:
    """The next of every contact, or of those of a segment, where the message is for them. False when all are there."""
    async with in_transaction() as connection:
        [message] = await connection.execute_query_dict(_LOCK, [message_id])
        until, done = message["every_contact_until"], message["every_contact_done"]
        if until is None or done >= until:
            return False
        find = _find_contacts if message["segment_definition"] is None else _find_members
        found = await find(connection, message)
        if found.ids:
            await add_recipients(connection, message_id, RecipientKind.CONTACT, found.ids)
        await connection.execute_query(_ADVANCE, [message_id, found.done_until])
        return bool(found.ids) or found.done_until < until


async def _find_contacts(connection: BaseDBAsyncClient, message: Mapping[str, Any]) -> "_Found":
    until = message["every_contact_until"]
    page = [message["account_id"], message["every_contact_done"], until, CONTACTS_A_BATCH]
    ids = [row["id"] for row in await connection.execute_query_dict(_NEXT_CONTACTS, page)]
    return _Found(ids, ids[-1] if len(ids) == CONTACTS_A_BATCH else until)


async def _find_members(connection: BaseDBAsyncClient, message: Mapping[str, Any]) -> "_Found":
    """As the segment was when the message was given it, whoever did what since."""
    reader = _TransactionReader(connection)
    definition = read_definition(json.loads(message["segment_definition"]))
    question = await ask_segment(reader, message["account_id"], definition, message["segment_at"])
    after, until = message["every_contact_done"], message["every_contact_until"]
    ids, done_until = await list_member_ids(reader, question, after, until, contacts=CONTACTS_A_BATCH)
    return _Found(ids, done_until)


class _Found(NamedTuple):
    """The contacts to add, and the id up to which all were looked at."""

    ids: list[int]
    done_until: int


class _TransactionReader:
    """Reads in the transaction of the use case."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self._connection = connection

    async def fetch(self, query: str, *args: Any, timeout: float | None = None) -> Sequence[Any]:  # noqa: ASYNC109, ARG002 -- as asyncpg's
        return await self._connection.execute_query_dict(query, list(args))


async def _prepare_batch(message_id: int) -> int:
    slots = await MessageSlot.filter(message_id=message_id).order_by("number")
    async with in_transaction() as connection:
        limit = max(1, LINKS_A_BATCH // max(1, len(slots)))
        recipients = await connection.execute_query_dict(_NEXT_RECIPIENTS, [message_id, limit])
        if recipients:
            await _make_links(connection, message_id, slots, recipients)
            await connection.execute_query(_MARK, [message_id, [row["id"] for row in recipients]])
        return len(recipients)


async def _make_links(
    connection: BaseDBAsyncClient, message_id: int, slots: list[MessageSlot], recipients: list[dict[str, Any]]
) -> None:
    """Creators have a link of their own for a deliverable already, or get it here (LS3, LS9)."""
    creators = sorted(row["creator_id"] for row in recipients if row["creator_id"] is not None)
    deliverables = [slot.deliverable_id for slot in slots if slot.deliverable_id is not None]
    if creators and deliverables:
        account_id = (await connection.execute_query_dict(_STATE, [message_id]))[0]["account_id"]
        await find_or_make_creator_links(connection, account_id, deliverables, creators)
    wanted = [
        RecipientSlot(slot.number, row["contact_id"], row["creator_id"])
        for row in recipients
        for slot in slots
        if row["contact_id"] is not None or slot.deliverable_id is None
    ]
    await mint_recipient_links(connection, message_id, wanted)
