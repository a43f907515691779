"""Messages for tests: contacts in number, a message about anything, and what its recipients would read."""

from typing import Any

import asyncpg

from tracking.accounts.models import Account
from tracking.contacts.models import Contact
from tracking.creators.models import Creator
from tracking.messages.composing import Draft
from tracking.messages.models import Message
from tracking.messages.preparing import prepare_recipients
from tracking.messages.queries import find_messages, list_slots_of
from tracking.messages.recipients import Audience
from tracking.messages.service import NewMessage, prepare_message
from tracking.messages.texts import RecipientText, TextFilter, list_texts
from tracking.paging import Window
from tracking.settings import Settings


async def make_contacts(account: Account, count: int) -> list[Contact]:
    """Named `Contact 1` and so on, with the external ids c1 and so on."""
    await Contact.bulk_create(
        [Contact(account_id=account.id, external_id=f"c{n}", name=f"Contact {n}") for n in range(1, count + 1)]
    )
    return await Contact.filter(account_id=account.id).order_by("id")


def for_contacts(contacts: list[Contact]) -> Audience:
    return Audience(contact_ids=tuple(contact.id for contact in contacts))


def for_creators(*creators: Creator) -> Audience:
    return Audience(creator_ids=tuple(creator.id for creator in creators))


async def note_message(account: Account, template: str, audience: Audience | None = None, **draft: Any) -> Message:
    """The message and its recipients; no job has made their links."""
    return await prepare_message(account.id, NewMessage("News", Draft(template, **draft), audience=audience))


async def make_message(account: Account, template: str, audience: Audience | None = None, **draft: Any) -> Message:
    message = await note_message(account, template, audience, **draft)
    await prepare_recipients(message.id)
    return await Message.get(id=message.id)


async def read_texts(pool: asyncpg.Pool, message: Message, settings: Settings) -> list[RecipientText]:
    rows = await find_messages(pool, message.account_id, [message.id])
    slots = await list_slots_of(pool, message.account_id, [message.id])
    return await list_texts(
        pool, rows[message.id], slots.get(message.id, []), TextFilter(), Window(1_000), settings=settings
    )


async def read_plain_texts(pool: asyncpg.Pool, message: Message, settings: Settings) -> list[str | None]:
    return [each.wording.text if each.wording else None for each in await read_texts(pool, message, settings)]


async def write_message(
    pool: asyncpg.Pool, account_id: int, *, message_id: int | None = None, creative_id: int | None = None
) -> int:
    """The row alone: no slots, recipients or links."""
    written: int = await pool.fetchval(
        "INSERT INTO message (id, account_id, name, channel, template, creative_id, variant, domain_id,"
        " tracks_plain_urls, status, is_html, every_contact_done, recipients, prepared, created_at)"
        " VALUES (coalesce($2, nextval('message_id_seq')), $1, '', 'EMAIL', '', $3, '', 1, false, 'PREPARED', false,"
        " 0, 0, 0, now()) RETURNING id",
        account_id,
        message_id,
        creative_id,
    )
    return written
