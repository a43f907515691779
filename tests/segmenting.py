"""Segments for tests: messages with recipients, what they did with them, and who is in a segment then."""

import datetime as dt
from typing import Any

import asyncpg

from tests.clicking import make_event, store
from tests.converting import write_conversion
from tests.messaging import for_contacts, make_message
from tracking.accounts.models import Account
from tracking.clicks.event import VisitorMethod
from tracking.clicks.visitors import name_contact
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.links.models import Link
from tracking.messages.models import Message
from tracking.paging import Window
from tracking.segments.members import ask_segment, count_members, list_members
from tracking.segments.rules import Condition, Definition, SegmentAction, SegmentMatch

MANY = Window(1_000)


def all_of(*conditions: Condition) -> Definition:
    return Definition(SegmentMatch.ALL, conditions)


def any_of(*conditions: Condition) -> Definition:
    return Definition(SegmentMatch.ANY, conditions)


def did(action: str, *messages: Message, **given: Any) -> Condition:
    ids = tuple(message.id for message in messages)
    return Condition(SegmentAction[action], message_ids=ids or None, **given)


async def send(account: Account, contacts: list[Contact], **draft: Any) -> Message:
    """With two links for each."""
    return await make_message(account, "{{ offers.bundle }} {{ offers.gift }}", for_contacts(contacts), **draft)


async def click(pool: asyncpg.Pool, message: Message, contact: Contact, **changes: Any) -> bytes:
    """Of the contact on their link in a slot; of a person, now, if nothing else is said."""
    link = await Link.get(message_id=message.id, contact_id=contact.id, slot=changes.pop("slot", 1))
    event = make_event(
        message.account_id,
        link_id=link.id,
        campaign_id=message.campaign_id,
        creator_id=None,
        message_id=message.id,
        slot=link.slot,
        contact_id=contact.id,
        offer_id=link.offer_id,
        sharer_id=message.sharer_id,
        visitor_key=name_contact(contact.id),
        visitor_method=VisitorMethod.CONTACT,
        **changes,
    )
    await store(pool, event, backfill=True)
    return event.click_id


async def convert(pool: asyncpg.Pool, message: Message, contact: Contact, **columns: Any) -> None:
    """A sale that is credited to the contact's link."""
    given = {"message_id": message.id, "contact_id": contact.id, "slot": 1, **columns}
    await write_conversion(pool, message.account_id, **given)


async def find(
    pool: asyncpg.Pool,
    account: Account,
    definition: Definition,
    window: Window = MANY,
    *,
    at: dt.datetime | None = None,
) -> list[str]:
    """The external ids of who is in it, as many as `count` says."""
    question = await ask_segment(pool, account.id, definition, at or utc_now() + dt.timedelta(seconds=1))
    found = await list_members(pool, question, window)
    if window == MANY:
        assert await count_members(pool, question) == len(found)
    return [contact.external_id for contact in found]
