"""Clicks on messages and public links for tests of behaviour, and what passes made of them."""

import datetime as dt
from typing import Any, NamedTuple

import asyncpg

from tests.clicking import make_event
from tests.messaging import for_contacts, make_contacts, make_message
from tracking.accounts.models import Account
from tracking.bots.behaviour.service import pass_all
from tracking.bots.verdicts import EVIDENCE, Reason
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.visitors import name_contact
from tracking.clock import now_ms
from tracking.events.relay import relay_once
from tracking.messages.models import Channel, Message

CHROME = (
    b"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
IPHONE = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    b" Version/18.5 Mobile/15E148 Safari/604.1"
)
FACTS = Fact.ACCEPT_LANGUAGE | Fact.ACCEPT_HTML | Fact.OVER_TLS | Fact.SEC_FETCH | Fact.SEC_FETCH_NAVIGATE
TAPPED = FACTS | Fact.SEC_FETCH_USER
SCANNER_IP = "203.0.113.9"
HOME_IP = "198.51.100.20"


class Sent(NamedTuple):
    """A message with links of their own for its contacts, and a moment an hour ago from which clicks are timed."""

    account_id: int
    message: Message
    contact_ids: list[int]
    links: dict[tuple[int, int], int]  # by contact and slot, from 1
    start_ms: int

    def click(self, slot: int, after_s: float, *, contact: int = 0, **changes: Any) -> ClickEvent:
        """By the person at home with an iPhone, unless it is said otherwise."""
        contact_id = self.contact_ids[contact]
        of_person = {"client_ip": HOME_IP, "user_agent": IPHONE, "facts": FACTS}
        return make_event(
            self.account_id,
            at_ms=self.start_ms + round(after_s * 1000),
            link_id=self.links[contact_id, slot],
            campaign_id=None,
            creator_id=None,
            message_id=self.message.id,
            slot=slot,
            contact_id=contact_id,
            visitor_key=name_contact(contact_id),
            visitor_method=VisitorMethod.CONTACT,
            **{**of_person, **changes},
        )

    def scan(self, slot: int, after_s: float, *, contact: int = 0, **changes: Any) -> ClickEvent:
        return self.click(
            slot,
            after_s,
            contact=contact,
            **{"client_ip": SCANNER_IP, "user_agent": CHROME, "facts": TAPPED, **changes},
        )


async def send(
    pool: asyncpg.Pool, account: Account, contacts: int, links: int, template: str = "", **draft: Any
) -> Sent:
    made = await make_contacts(account, contacts)
    text = template or " ".join(f"https://shop.example/{number}" for number in range(1, links + 1))
    options = {"tracks_plain_urls": True, "channel": Channel.EMAIL, **draft}
    message = await make_message(account, text, for_contacts(made), **options)
    rows = await pool.fetch(
        "SELECT contact_id, slot, id FROM link WHERE message_id = $1 AND contact_id IS NOT NULL", message.id
    )
    by_slot = {(row["contact_id"], row["slot"]): row["id"] for row in rows}
    return Sent(account.id, message, [contact.id for contact in made], by_slot, now_ms() - 3_600_000)


async def look(pool: asyncpg.Pool) -> None:
    """Give events their positions, and let passes take all of them."""
    async with pool.acquire() as connection:
        while await relay_once(connection):
            pass
    await pass_all(pool)


async def read_evidence(pool: asyncpg.Pool) -> list[Reason]:
    """Of every click, in the order of their time."""
    rows = await pool.fetch("SELECT evidence FROM click ORDER BY id")
    return [Reason(row["evidence"]) & EVIDENCE for row in rows]


async def read_uniques(pool: asyncpg.Pool) -> list[tuple[dt.datetime, bytes]]:
    """When the click that holds each unique happened, and from which network."""
    rows = await pool.fetch(
        "SELECT occurred_at, network FROM unique_click JOIN click ON click.id = unique_click.click_id ORDER BY 1"
    )
    return [(row["occurred_at"], row["network"]) for row in rows]
