"""Use cases of messages: what a text is, whom it is for, and what the sender tells of it. Nothing here sends."""

import json
from collections.abc import Sequence
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from tracking.domains.queries import choose_link_domain
from tracking.errors import ArchivedError, DomainError, InvalidInputError, NotFoundError
from tracking.graph_ids import write_graph_id
from tracking.history.service import Noted, record_history
from tracking.idempotency import run_once
from tracking.links.system import set_action_page_link
from tracking.messages.composing import Composition, Draft, Slot, compose, recall_pieces
from tracking.messages.minting import RecipientSlot, mint_recipient_links
from tracking.messages.models import Channel, Message, MessageSlot, MessageStatus
from tracking.messages.recipients import Audience, add_recipients, find_recipients
from tracking.messages.rules import check_recipient_kind
from tracking.segments.models import Segment
from tracking.text import check_text

_LOCK: Final = "SELECT FROM message WHERE id = $1 FOR NO KEY UPDATE"
_FOR_EVERY_CONTACT: Final = """
    UPDATE message SET every_contact_until = (SELECT max(id) FROM contact WHERE account_id = $2),
        every_contact_done = 0, segment_definition = NULL, segment_at = NULL
    WHERE id = $1
"""
# Who is in the segment now: the job finds them bit by bit, by the definition and the moment that are noted here.
_FOR_SEGMENT: Final = """
    UPDATE message SET every_contact_until = (SELECT max(id) FROM contact WHERE account_id = $2),
        every_contact_done = 0, segment_definition = $3, segment_at = now()
    WHERE id = $1 AND (every_contact_until IS NULL OR every_contact_done >= every_contact_until)
    RETURNING id
"""
_START: Final = """
    UPDATE message SET status = CASE
        WHEN recipients > prepared OR every_contact_until > every_contact_done THEN 'PREPARING' ELSE 'PREPARED'
    END, prepared_at = CASE
        WHEN recipients > prepared OR every_contact_until > every_contact_done THEN NULL
        ELSE coalesce(prepared_at, now())
    END
    WHERE id = $1
"""


class NewMessage(NamedTuple):
    """Without an audience it has the link to copy for each slot; recipients can be added later."""

    name: str
    draft: Draft
    variant: str = ""
    audience: Audience | None = None


class AddedRecipient(NamedTuple):
    """What became of one recipient of a call: the id of the contact or creator, or why not."""

    place: int
    recipient_id: int | None
    error: DomainError | None


async def prepare_message(account_id: int, given: NewMessage, *, idempotency_key: str | None = None) -> Message:
    """Note the message and its first recipients; their links are a job's work, asked for by the caller after commit.

    The links to copy, one for each slot, are there when this returns. Raises NotFoundError, ArchivedError, or
    InvalidInputError that names a tag and its place.
    """
    name = check_text(given.name, "name", max_chars=200)
    variant = check_text(given.variant, "variant", max_chars=64, is_optional=True)
    composition = await compose(account_id, given.draft)
    _check_audience(given, composition)

    async def work(connection: BaseDBAsyncClient) -> list[int]:
        message = await _insert(account_id, given.draft, composition, name, variant)
        await _insert_slots(message.id, composition.slots)
        await set_action_page_link(connection, message)
        await mint_recipient_links(connection, message.id, [RecipientSlot(slot.number) for slot in composition.slots])
        if given.audience is not None:
            await _name_recipients(connection, account_id, message.id, given.audience)
        await connection.execute_query(_START, [message.id])
        described = {"name": name, "channel": given.draft.channel, "template": given.draft.template}
        await record_history(connection, account_id, [Noted("Message", message.id, "CREATED", after=described)])
        return [message.id]

    [message_id] = await run_once(account_id, "prepareMessage", idempotency_key, given, work)
    return await Message.get(id=message_id)


async def add_message_recipients(account_id: int, message_id: int, audience: Audience) -> list[AddedRecipient]:
    """More recipients; who is one already stays one. An unknown one does not hold up the others.

    Raises NotFoundError, ArchivedError, or InvalidInputError for recipients that the text has no values for.
    """
    message = await require_message(account_id, message_id)
    if message.channel is Channel.OPEN_WEBPAGE:
        raise InvalidInputError("a page that is opened has no recipients", ("recipients",))
    slots = [_read_slot(row) for row in await MessageSlot.filter(message_id=message_id).order_by("number")]
    check_recipient_kind(recall_pieces(message.template, slots, is_html=message.is_html), audience.kind)
    async with in_transaction() as connection:
        await connection.execute_query(_LOCK, [message_id])
        if (await Message.get(id=message_id)).status is MessageStatus.FAILED:
            raise ArchivedError("this message could not be prepared: prepare another one", ("messageId",))
        found = await find_recipients(connection, account_id, audience)
        await _add(connection, account_id, message_id, audience, [each for each in found if isinstance(each, int)])
        await connection.execute_query(_START, [message_id])
        noted = Noted("Message", message_id, "ADDED_RECIPIENTS", after=_describe(audience, len(found)))
        await record_history(connection, account_id, [noted])
    return [
        AddedRecipient(place, each, None) if isinstance(each, int) else AddedRecipient(place, None, each)
        for place, each in enumerate(found)
    ]


async def require_message(account_id: int, message_id: int) -> Message:
    message = await Message.get_or_none(id=message_id, account_id=account_id)
    if message is None:
        raise NotFoundError("no such message", ("messageId",))
    return message


def _check_audience(given: NewMessage, composition: Composition) -> None:
    if given.audience is None:
        return
    if given.draft.channel is Channel.OPEN_WEBPAGE:
        raise InvalidInputError("a page that is opened has no recipients", ("recipients",))
    check_recipient_kind(composition.pieces, given.audience.kind)


async def _insert(account_id: int, draft: Draft, composition: Composition, name: str, variant: str) -> Message:
    domain = await choose_link_domain(account_id, domain_id=draft.domain_id, campaign_id=draft.campaign_id)
    return await Message.create(
        account_id=account_id,
        name=name,
        channel=draft.channel,
        template=draft.template,
        campaign_id=draft.campaign_id,
        creative_id=draft.creative_id,
        variant=variant,
        sharer_id=draft.sharer_id,
        domain_id=domain.id,
        tracks_plain_urls=draft.tracks_plain_urls,
        is_html=draft.is_html,
        action_page_url=composition.action_page_url,
        opt_out_url=composition.opt_out_url,
    )


async def _insert_slots(message_id: int, slots: Sequence[Slot]) -> None:
    await MessageSlot.bulk_create([MessageSlot(message_id=message_id, **slot._asdict()) for slot in slots])


async def _name_recipients(connection: BaseDBAsyncClient, account_id: int, message_id: int, audience: Audience) -> None:
    """All of them, or none: raises NotFoundError for the first that is unknown."""
    ids: list[int] = []
    for found in await find_recipients(connection, account_id, audience):
        if isinstance(found, DomainError):
            raise found
        ids.append(found)
    await _add(connection, account_id, message_id, audience, ids)


async def _add(
    connection: BaseDBAsyncClient, account_id: int, message_id: int, audience: Audience, ids: Sequence[int]
) -> None:
    if audience.every_contact:
        await connection.execute_query(_FOR_EVERY_CONTACT, [message_id, account_id])
    elif audience.segment_id is not None:
        await _name_segment(connection, account_id, message_id, audience.segment_id)
    elif ids:
        await add_recipients(connection, message_id, audience.kind, ids)


async def _name_segment(connection: BaseDBAsyncClient, account_id: int, message_id: int, segment_id: int) -> None:
    """One after another: the job remembers one segment."""
    path = ("recipients", "segmentId")
    segment = await Segment.get_or_none(id=segment_id, account_id=account_id)
    if segment is None:
        raise NotFoundError("no such segment", path)
    if segment.archived_at is not None:
        raise ArchivedError("this segment is archived", path)
    definition = json.dumps(segment.definition)
    if not await connection.execute_query_dict(_FOR_SEGMENT, [message_id, account_id, definition]):
        raise InvalidInputError("recipients are still being found: wait until all of them are prepared", path)


def _describe(audience: Audience, count: int) -> dict[str, object]:
    if audience.every_contact:
        return {"everyContact": True}
    return (
        {audience.named[0]: count}
        if audience.is_named
        else {"segmentId": write_graph_id("Segment", audience.segment_id or 0)}
    )


def _read_slot(row: MessageSlot) -> Slot:
    return Slot(row.number, row.tag, row.destination_url, row.offer_id, row.deliverable_id, row.is_honeypot)
