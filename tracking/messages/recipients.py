"""Who a message is for. Recipients are numbered in the order they are named, and nobody is one twice."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.errors import InvalidInputError, NotFoundError
from tracking.messages.rules import MAX_RECIPIENTS_A_CALL, RecipientKind

_FIND: Final = {
    "contactIds": "SELECT id AS key, id FROM contact WHERE account_id = $1 AND id = ANY ($2::bigint[])",
    "contactExternalIds": "SELECT external_id AS key, id FROM contact"
    " WHERE account_id = $1 AND external_id = ANY ($2::text[])",
    "creatorIds": "SELECT id AS key, id FROM creator WHERE account_id = $1 AND id = ANY ($2::bigint[])",
}
# The caller holds the lock of the message, so that numbers ascend. The keys find who is one already: an anti-join would
# be planned by what the table held before, and read all of it for each recipient.
_ADD: Final = """
    WITH added AS (
        INSERT INTO message_recipient (message_id, position, contact_id, creator_id, is_prepared)
        SELECT $1, coalesce((SELECT max(position) FROM message_recipient WHERE message_id = $1), 0) + given.place,
            given.contact_id, given.creator_id, false
        FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS given (contact_id, creator_id, place)
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    UPDATE message SET recipients = recipients + (SELECT count(*) FROM added) WHERE id = $1
"""


class Audience(NamedTuple):
    """Exactly one of these; `every_contact` means those that the account has now, a segment those who are in it now."""

    contact_ids: tuple[int, ...] | None = None
    contact_external_ids: tuple[str, ...] | None = None
    creator_ids: tuple[int, ...] | None = None
    every_contact: bool = False
    segment_id: int | None = None

    @property
    def kind(self) -> RecipientKind:
        return RecipientKind.CONTACT if self.creator_ids is None else RecipientKind.CREATOR

    @property
    def is_named(self) -> bool:
        """False for those whom the job finds."""
        return not self.every_contact and self.segment_id is None

    @property
    def named(self) -> tuple[str, tuple[Any, ...]]:
        """The name of the list in the graph, and what it holds."""
        if self.contact_ids is not None:
            return "contactIds", self.contact_ids
        if self.contact_external_ids is not None:
            return "contactExternalIds", self.contact_external_ids
        return "creatorIds", self.creator_ids or ()


async def find_recipients(
    connection: BaseDBAsyncClient, account_id: int, audience: Audience
) -> list[int | NotFoundError]:
    """The id of each, in the order given. Raises InvalidInputError for none or too many."""
    if not audience.is_named:
        return []
    path, given = audience.named
    if not 1 <= len(given) <= MAX_RECIPIENTS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_RECIPIENTS_A_CALL:,} recipients in a call", ("recipients", path))
    storable = [key for key in given if not isinstance(key, str) or _is_storable(key)]
    rows = await connection.execute_query_dict(_FIND[path], [account_id, storable])
    found: dict[Any, int] = {row["key"]: row["id"] for row in rows}
    name = audience.kind.value.lower()
    return [
        found.get(key) or NotFoundError(f"no such {name}", ("recipients", path, str(index)))
        for index, key in enumerate(given)
    ]


async def add_recipients(
    connection: BaseDBAsyncClient, message_id: int, kind: RecipientKind, ids: Sequence[int]
) -> None:
    """Those who are recipients already stay where they are. The caller holds the lock of the message."""
    once = list(dict.fromkeys(ids))
    nobody = [None] * len(once)
    columns = [once, nobody] if kind is RecipientKind.CONTACT else [nobody, once]
    await connection.execute_query(_ADD, [message_id, *columns])


def _is_storable(text: str) -> bool:
    return "\0" not in text and text.isprintable()
