"""What programs and people made of one e-mail, and of one creator's link: to be found, explained and corrected. Pure.

Scanners are as bots.md describes them: some are found by the request, some by what happens around it, and one by nobody
but the brand.
"""

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Final, NamedTuple

from creatrail.seed.audience import APPS, BROWSERS, Client, Kind, list_clients
from creatrail.seed.company import LETTER_HOURS, LETTER_LINKS
from creatrail.seed.traffic import Audience, SeededLink, make_click_id
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.salts import SALT_BYTES
from tracking.clicks.visitors import hash_visitor, name_contact
from tracking.creators.models import Platform

# Contacts by their place in the list of all: those before them did not get the letter.
BEHIND_A_GATEWAY: Final = range(2, 8)
FOUND_IT_LATER: Final = range(2, 5)  # of these, who opened a link themselves when it was scanned already
READERS: Final = range(8, 24)
HASTY: Final = 24
SHOWN_IN_A_CHAT: Final = 25
LOOKED_AHEAD: Final = 26
SCANNED_AT_HOME: Final = range(27, 33)
FLOOD_CLICKS: Final = 40
INCIDENT_CLICKS: Final = 100

_HOUR_S: Final = 3_600
_GATEWAY: Final = "203.0.113.25"
_LANGUAGE: Final = b"en-GB,en;q=0.9"
_EPOCH_ORDINAL: Final = dt.date(1970, 1, 1).toordinal()

_OFFICE: Final = BROWSERS[2]
_PHONES: Final = (BROWSERS[0], BROWSERS[1], *APPS[Platform.FACEBOOK])
# Nobody's browser for years, and a name that rules have nothing against.
OLD_BROWSER: Final = "Windows NT 6.1; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0"
_SLOW_SCANNER: Final = Client(f"Mozilla/5.0 ({OLD_BROWSER} Safari/537.36".encode(), _OFFICE.facts)


class LetterLink(NamedTuple):
    """A link of one contact."""

    link_id: int
    campaign_id: int | None
    contact_id: int
    message_id: int
    slot: int
    sharer_id: int | None


class Letter(NamedTuple):
    """The links of its contacts: by their place in the list of all contacts, and by the link's number from 1."""

    account_id: int
    message_id: int
    links: Mapping[tuple[int, int], LetterLink]


class _Opened(NamedTuple):
    """A link of the letter, how long after it was delivered, and by whom."""

    place: int
    slot: int
    after_s: float
    client: Client
    client_ip: str


def generate_incidents(audience: Audience, letter: Letter, flooded: SeededLink) -> list[ClickEvent]:
    """In the order of their time, all before the audience's end; always the same ones."""
    chance = audience.take_chances("incidents")
    sent_ms = round(audience.ends_at.timestamp() * 1000) - LETTER_HOURS * _HOUR_S * 1000
    opened = (*_play_gateway(), *_play_readers(), *_play_others(), *_play_scanner_at_home())
    events = [_open_letter(audience, letter, each, sent_ms, chance) for each in opened]
    events += _play_flood(audience, flooded, sent_ms, chance)
    return sorted(events, key=lambda event: event.click_id)


def _play_gateway() -> Iterator[_Opened]:
    """A mail gateway opens every link of everybody behind it before they see the letter; some open it later."""
    program = _OFFICE._replace(facts=_OFFICE.facts & ~Fact.SEC_FETCH_USER)
    for nth, place in enumerate(BEHIND_A_GATEWAY):
        for slot in range(1, LETTER_LINKS + 1):
            yield _Opened(place, slot, 20 + 1.5 * nth + 0.3 * slot, program, _GATEWAY)
    for nth, place in enumerate(FOUND_IT_LATER):
        yield _Opened(place, 1, (1 + nth) * _HOUR_S, _PHONES[nth], _live_at(place))


def _play_readers() -> Iterator[_Opened]:
    """People, over a day: every third opens a second link, and the first of them comes back."""
    for nth, place in enumerate(READERS):
        client, at_s = _PHONES[nth % len(_PHONES)], 240 + nth * 1.6 * _HOUR_S
        yield _Opened(place, 1, at_s, client, _live_at(place))
        if nth % 3 == 0:
            yield _Opened(place, 2, at_s + 40, client, _live_at(place))
    yield _Opened(READERS[0], 1, 600, _PHONES[0], _live_at(READERS[0]))


def _play_others() -> Iterator[_Opened]:
    """Two seconds after the delivery and without a language; the card of a chat; a browser that looks ahead."""
    careless = _OFFICE._replace(facts=_OFFICE.facts & ~Fact.ACCEPT_LANGUAGE)
    yield _Opened(HASTY, 1, 2, careless, _live_at(HASTY))
    yield _Opened(SHOWN_IN_A_CHAT, 2, 2 * _HOUR_S, list_clients(Kind.PREVIEW, Platform.BLOG)[0][1], "192.0.2.66")
    ahead = list_clients(Kind.PREFETCH, Platform.BLOG)[0][1]
    yield _Opened(LOOKED_AHEAD, 3, 5 * _HOUR_S, ahead, _live_at(LOOKED_AHEAD))
    yield _Opened(LOOKED_AHEAD, 3, 5 * _HOUR_S + 1, BROWSERS[1], _live_at(LOOKED_AHEAD))


def _play_scanner_at_home() -> Iterator[_Opened]:
    """One link of each contact, minutes apart, from a household each: no rule can tell it from people."""
    for nth, place in enumerate(SCANNED_AT_HOME):
        yield _Opened(place, 1, 900 + 660 * nth, _SLOW_SCANNER, f"198.51.{100 + nth}.7")


def _play_flood(audience: Audience, link: SeededLink, sent_ms: int, chance: random.Random) -> Iterator[ClickEvent]:
    """One visitor opens a creator's link once a second."""
    client, client_ip = BROWSERS[3], "2001:db8:f:1::1"
    for nth in range(FLOOD_CLICKS):
        at_ms = sent_ms + 9 * _HOUR_S * 1000 + nth * 1_000
        day = _find_day(audience, at_ms)
        salt = blake2b(f"flood {audience.seed} {day}".encode(), digest_size=SALT_BYTES).digest()
        yield ClickEvent(
            click_id=make_click_id(at_ms, chance.randbytes(10)),
            account_id=audience.account_id,
            link_id=link.link_id,
            campaign_id=link.campaign_id,
            creator_id=link.creator_id,
            message_id=None,
            slot=None,
            contact_id=None,
            offer_id=None,
            sharer_id=None,
            visitor_key=hash_visitor(salt, audience.account_id, client_ip, client.user_agent, _LANGUAGE),
            visitor_method=VisitorMethod.HASH,
            visitor_day=day,
            facts=int(client.facts),
            client_ip=client_ip,
            user_agent=client.user_agent,
            referrer=b"",
            query=b"",
            placement="",
        )


def _open_letter(
    audience: Audience, letter: Letter, opened: _Opened, sent_ms: int, chance: random.Random
) -> ClickEvent:
    link = letter.links[opened.place, opened.slot]
    at_ms = sent_ms + round(opened.after_s * 1000)
    return ClickEvent(
        click_id=make_click_id(at_ms, chance.randbytes(10)),
        account_id=audience.account_id,
        link_id=link.link_id,
        campaign_id=link.campaign_id,
        creator_id=None,
        message_id=link.message_id,
        slot=link.slot,
        contact_id=link.contact_id,
        offer_id=None,
        sharer_id=link.sharer_id,
        visitor_key=name_contact(link.contact_id),
        visitor_method=VisitorMethod.CONTACT,
        visitor_day=_find_day(audience, at_ms),
        facts=int(opened.client.facts),
        client_ip=opened.client_ip,
        user_agent=opened.client.user_agent,
        referrer=b"",
        query=b"",
        placement="",
    )


def _find_day(audience: Audience, at_ms: int) -> int:
    return dt.datetime.fromtimestamp(at_ms / 1000, audience.zone).date().toordinal() - _EPOCH_ORDINAL


def _live_at(place: int) -> str:
    """A household of its own for each contact, of RFC 3849."""
    return f"2001:db8:c:{place:x}::1"
