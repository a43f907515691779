"""What the sender tells of its deliveries: the latest report of a recipient stands, in whatever order reports come."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.clock import utc_now
from tracking.errors import DomainError, InvalidInputError, NotFoundError
from tracking.events.entities import append_entity_events
from tracking.events.outbox import EventKind
from tracking.idempotency import KeptItem, answer_once, keep_error, restore_error
from tracking.messages.models import DeliveryStatus
from tracking.messages.rules import MAX_RECIPIENTS_A_CALL
from tracking.messages.service import require_message

CLOCK_TOLERANCE: Final = dt.timedelta(minutes=5)
EARLIEST: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

# By contact, so that two calls wait for each other in one order. Of two reports at one moment the later word in the
# alphabet stands, so that the order of calls decides nothing.
_RECORD: Final = """
    INSERT INTO delivery (account_id, message_id, contact_id, status, at)
    SELECT $1, $2, contact_id, status, at FROM unnest($3::bigint[], $4::text[], $5::timestamptz[])
        AS told (contact_id, status, at)
    ORDER BY contact_id
    ON CONFLICT (message_id, contact_id) DO UPDATE SET status = excluded.status, at = excluded.at
    WHERE (excluded.at, excluded.status) > (delivery.at, delivery.status)
"""
_FIND: Final = """
    SELECT contact.id, contact.external_id, recipient.id IS NOT NULL AS is_recipient
    FROM contact
    LEFT JOIN message_recipient AS recipient ON recipient.message_id = $2 AND recipient.contact_id = contact.id
    WHERE contact.account_id = $1 AND (contact.id = ANY ($3::bigint[]) OR contact.external_id = ANY ($4::text[]))
"""


class ToldDelivery(NamedTuple):
    """Of one recipient, named by exactly one of the two ids."""

    status: DeliveryStatus
    at: dt.datetime
    contact_id: int | None = None
    external_id: str | None = None


class DeliveryOutcome(NamedTuple):
    """What became of one item: the contact that it was of, or why it was not taken."""

    place: int
    contact_id: int | None
    error: DomainError | None


async def record_deliveries(
    account_id: int, message_id: int, told: Sequence[ToldDelivery], *, idempotency_key: str | None = None
) -> list[DeliveryOutcome]:
    """Take each report that can be; the others say why not. A repeat changes nothing, with or without a key.

    Raises NotFoundError for the message, InvalidInputError for the call as a whole.
    """
    if not 1 <= len(told) <= MAX_RECIPIENTS_A_CALL:
        raise InvalidInputError(f"give 1 to {MAX_RECIPIENTS_A_CALL:,} deliveries in a call", ("deliveries",))
    await require_message(account_id, message_id)

    async def work(connection: BaseDBAsyncClient) -> list[KeptItem]:
        outcomes = await _check(connection, account_id, message_id, told)
        latest: dict[int, ToldDelivery] = {}
        for delivery, outcome in zip(told, outcomes, strict=True):
            if outcome.id is not None:
                known = latest.get(outcome.id, delivery)
                latest[outcome.id] = max(known, delivery, key=lambda each: (each.at, each.status.value))
        columns: list[list[Any]] = [
            list(latest),
            [delivery.status.value for delivery in latest.values()],
            [delivery.at for delivery in latest.values()],
        ]
        await connection.execute_query(_RECORD, [account_id, message_id, *columns])
        if latest:
            ids = [message_id, *latest]
            await append_entity_events(connection, account_id, EventKind.DELIVERIES_RECORDED, ids)
        return outcomes

    given = [message_id, *told]
    kept = await answer_once(account_id, "recordDeliveries", idempotency_key, given, work, answer_type=list[KeptItem])
    return [
        DeliveryOutcome(place, item.id, restore_error(item.error) if item.error else None)
        for place, item in enumerate(kept)
    ]


async def _check(
    connection: BaseDBAsyncClient, account_id: int, message_id: int, told: Sequence[ToldDelivery]
) -> list[KeptItem]:
    ids = [each.contact_id for each in told if each.contact_id is not None]
    names = [each.external_id for each in told if each.external_id is not None and each.external_id.isprintable()]
    rows = await connection.execute_query_dict(_FIND, [account_id, message_id, ids, names])
    known: dict[int | str, tuple[int, bool]] = {}
    for row in rows:
        known[row["id"]] = known[row["external_id"]] = (row["id"], row["is_recipient"])
    now = utc_now()
    return [_check_one(place, each, known, now) for place, each in enumerate(told)]


def _check_one(place: int, told: ToldDelivery, known: dict[int | str, tuple[int, bool]], now: dt.datetime) -> KeptItem:
    path = ("deliveries", str(place))
    path_to_contact = (*path, "contact", "externalId" if told.contact_id is None else "contactId")
    found = known.get(told.external_id or "" if told.contact_id is None else told.contact_id)
    if found is None:
        return KeptItem(None, keep_error(NotFoundError("no such contact", path_to_contact)))
    contact_id, is_recipient = found
    if not is_recipient:
        return KeptItem(None, keep_error(NotFoundError("this contact is no recipient of the message", path_to_contact)))
    if not EARLIEST <= told.at <= now + CLOCK_TOLERANCE:
        reason = "give when it happened: since 2000, and no later than now"
        return KeptItem(None, keep_error(InvalidInputError(reason, (*path, "at"))))
    return KeptItem(contact_id)
