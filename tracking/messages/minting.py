"""Makes the links of recipients in bulk. The unique key of (message, recipient, slot) decides, never memory.

Redirectors are not told: nobody can have asked for a random slug before it was made, and what was guessed is forgotten
within half a minute.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.links.rules import make_slugs

_SLUG_TRIES: Final = 20

# The offer is bound here (TR4), and the user who sends it credited (IM11).
_INSERT: Final = """
    WITH inserted AS (
        INSERT INTO link (account_id, domain_id, slug, kind, destination_url, label, tags, is_readable,
            is_destination_overridden, is_honeypot, campaign_id, message_id, sharer_id, slot, offer_id, contact_id,
            creator_id, created_at)
        SELECT message.account_id, message.domain_id, wanted.slug, 'RECIPIENT', slot.destination_url, slot.tag, '{}',
            false, false, slot.is_honeypot, message.campaign_id, message.id, message.sharer_id, slot.number,
            slot.offer_id, wanted.contact_id, wanted.creator_id, now()
        FROM unnest($2::smallint[], $3::bigint[], $4::bigint[], $5::text[])
            AS wanted (number, contact_id, creator_id, slug)
        JOIN message_slot AS slot ON slot.message_id = $1 AND slot.number = wanted.number
        JOIN message ON message.id = $1
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*) AS made FROM inserted
"""
_EXISTING: Final = """
    SELECT slot, contact_id, creator_id FROM link
    WHERE message_id = $1 AND kind = 'RECIPIENT' AND (
        contact_id = ANY ($2::bigint[])
        OR contact_id IS NULL AND (creator_id = ANY ($3::bigint[]) OR creator_id IS NULL)
    )
"""


class RecipientSlot(NamedTuple):
    """A link to make. Without contact and creator it is the one to copy, whose clicks name nobody (IM3)."""

    slot: int
    contact_id: int | None = None
    creator_id: int | None = None


async def mint_recipient_links(connection: BaseDBAsyncClient, message_id: int, wanted: Sequence[RecipientSlot]) -> int:
    """Make those that are missing, in the caller's transaction; returns how many it made."""
    missing = list(dict.fromkeys(wanted))
    made = 0
    for _ in range(_SLUG_TRIES):
        if not missing:
            return made
        [row] = await connection.execute_query_dict(_INSERT, [message_id, *_list_columns(missing)])
        made += int(row["made"])
        if row["made"] == len(missing):
            return made
        owners = [[each.contact_id for each in missing], [each.creator_id for each in missing]]
        existing = _read(await connection.execute_query_dict(_EXISTING, [message_id, *owners]))
        missing = [each for each in missing if each not in existing]
    if missing:
        raise RuntimeError(f"no slug is free after {_SLUG_TRIES} tries")
    return made


def _list_columns(wanted: Sequence[RecipientSlot]) -> list[list[Any]]:
    numbers, contacts, creators = zip(*wanted, strict=True)
    return [list(numbers), list(contacts), list(creators), make_slugs(len(wanted))]


def _read(rows: Sequence[dict[str, Any]]) -> set[RecipientSlot]:
    return {RecipientSlot(row["slot"], row["contact_id"], row["creator_id"]) for row in rows}
