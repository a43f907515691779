"""The demo's e-mail: prepared and sent with its campaigns, read for its clicks, corrected when they are stored."""

import datetime as dt
from typing import Final

import asyncpg

from creatrail.seed.company import (
    CONTACTS,
    LETTER,
    LETTER_HOURS,
    LETTER_NAME,
    MESSAGE_CAMPAIGN,
    OPT_OUT_URL,
)
from creatrail.seed.dealings import NOT_DELIVERED, Brand
from creatrail.seed.incidents import OLD_BROWSER, Letter, LetterLink
from tracking.bots.corrections.running import run_corrections
from tracking.bots.corrections.service import WantedReclassification, request_reclassification
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import ClickFilter
from tracking.contacts.models import Contact
from tracking.links.models import Link
from tracking.messages.composing import Draft
from tracking.messages.deliveries import ToldDelivery, record_deliveries
from tracking.messages.models import Channel, DeliveryStatus, Message
from tracking.messages.preparing import prepare_recipients
from tracking.messages.recipients import Audience
from tracking.messages.service import NewMessage, prepare_message

_NOTE: Final = "one old browser from many households, minutes after the letter: a customer's mail filter"
_CORRECTION: Final = "seed demo: the letter's scanner"


async def write_letter(brand: Brand, ends_at: dt.datetime) -> None:
    """In the caller's transaction: sent to every contact, some hours before the demo ends."""
    sent_at = ends_at - dt.timedelta(hours=LETTER_HOURS)
    draft = Draft(
        LETTER,
        channel=Channel.EMAIL,
        campaign_id=brand.campaigns[MESSAGE_CAMPAIGN].id,
        tracks_plain_urls=True,
        is_html=True,
        opt_out_url=OPT_OUT_URL,
    )
    ids = tuple(contact.external_id for contact in CONTACTS)
    message = await prepare_message(
        brand.account_id, NewMessage(LETTER_NAME, draft, audience=Audience(contact_external_ids=ids))
    )
    await prepare_recipients(message.id)
    told = [
        ToldDelivery(NOT_DELIVERED.get(place, DeliveryStatus.DELIVERED), sent_at, external_id=external_id)
        for place, external_id in enumerate(ids)
    ]
    await record_deliveries(brand.account_id, message.id, told)
    await Message.filter(id=message.id).update(created_at=sent_at, prepared_at=sent_at)
    await Link.filter(message_id=message.id).update(created_at=sent_at)


async def read_letter(account_id: int) -> Letter:
    message = await Message.get(account_id=account_id, name=LETTER_NAME)
    places = {contact.external_id: place for place, contact in enumerate(CONTACTS)}
    found = {row.id: places[row.external_id] for row in await Contact.filter(account_id=account_id)}
    rows = await Link.filter(message_id=message.id, contact_id__isnull=False)
    links = [LetterLink(row.id, row.campaign_id, row.contact_id, message.id, row.slot, row.sharer_id) for row in rows]
    return Letter(account_id, message.id, {(found[link.contact_id], link.slot): link for link in links})


async def correct_letter(pool: asyncpg.Pool, letter: Letter) -> None:
    """What the brand found out by itself. Asked for once, however often a seed begins anew."""
    scanned = ClickFilter(message_ids=[letter.message_id], user_agent_contains=OLD_BROWSER)
    given = WantedReclassification(scanned, Verdict.BOT, note=_NOTE)
    await request_reclassification(pool, letter.account_id, given, idempotency_key=_CORRECTION)
    await run_corrections(pool, letter.account_id)
