"""The contract of the click stream: what the redirector writes and the worker reads, one entry per click.

An entry has one field. Its name is the version of the contract, its value the event in MessagePack. A reader meets
three kinds of surprise and must tell them apart: another version, bytes that are no event, an event it can read.

Confirmations, conversions, impressions and sightings go through the same stream under names of their own. Inside a
redirector, and in its spool, an entry is one record: a click's is the event alone, the others have a mark before them
(`tracking.streams.Mark`), with which no click begins.
"""

from enum import IntEnum, IntFlag
from typing import Annotated, Final

import msgspec

from tracking.stream_events import EARLIEST_MS, Bytes16, RowId, decode_event
from tracking.streams import VERSIONS, Mark, mark_record

VERSION: Final = b"1"
CONFIRMATION_VERSION: Final = VERSIONS[Mark.CONFIRMATION]
CONFIRMABLE_MS: Final = 24 * 3_600_000  # how long after its click somebody may continue and confirm it

MAX_USER_AGENT_BYTES: Final = 512
MAX_REFERRER_BYTES: Final = 1_024
MAX_QUERY_BYTES: Final = 1_024
MAX_PLACEMENT_CHARS: Final = 64


class VisitorMethod(IntEnum):
    """How the visitor key was made; travels with the click and stays with it (rule 5)."""

    NONE = 0
    HASH = 1
    COOKIE = 2
    CONTACT = 3


class Fact(IntFlag):
    """What the request's headers said, a bit per fact: kept in place of the headers themselves (rule 10)."""

    HEAD = 1 << 0
    PREFETCH = 1 << 1
    ACCEPT_LANGUAGE = 1 << 2
    ACCEPT_HTML = 1 << 3
    ACCEPT_ANY_ONLY = 1 << 4
    ACCEPT_MISSING = 1 << 5
    SEC_FETCH = 1 << 6
    SEC_FETCH_NAVIGATE = 1 << 7
    SEC_FETCH_USER = 1 << 8
    CLIENT_HINTS = 1 << 9
    CLIENT_HINTS_HEADLESS = 1 << 10
    CLIENT_HINTS_MISMATCH = 1 << 11
    FROM_OR_SCANNER = 1 << 12
    REQUESTED_WITH_APP = 1 << 13
    OVER_TLS = 1 << 14
    GLOBAL_PRIVACY_CONTROL = 1 << 15
    USER_AGENT_MISSING = 1 << 16
    TEST = 1 << 17
    CONFIRMATION_ASKED = 1 << 18  # answered with a page that asks to continue
    ACCEPT_OTHER = 1 << 19  # neither a page nor anything whatever
    INTERSTITIAL_SHOWN = 1 << 20  # answered with the page of its offer


class ClickEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One request of an audience. Who the link belongs to is copied here, because it never changes for a link.

    Fields are only ever appended, with a default: an older worker ignores them, a newer one fills them in.
    """

    click_id: bytes
    account_id: int
    link_id: int
    campaign_id: int | None
    creator_id: int | None
    message_id: int | None
    slot: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None
    visitor_key: bytes
    visitor_method: int
    visitor_day: int  # days since 1970-01-01 in the account's time zone, as the redirector saw it
    facts: int
    client_ip: str
    user_agent: bytes
    referrer: bytes
    query: bytes
    placement: str


class Confirmation(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody continued past the page that a click was answered with. Fields are only ever appended.

    The decoder refuses what could not be stored.
    """

    click_id: Bytes16
    account_id: RowId
    link_id: RowId  # whose page it was; a click of another link is not confirmed by it
    confirmed_at_ms: Annotated[int, msgspec.Meta(ge=EARLIEST_MS)]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(ClickEvent)
_confirmation_decoder = msgspec.msgpack.Decoder(Confirmation)

encode_click = _encoder.encode
"""ClickEvent to bytes. Never fails: every field is bounded before it gets here."""

encode_confirmation = _encoder.encode


def decode_click(payload: bytes) -> ClickEvent:
    """Raises msgspec.DecodeError."""
    return decode_event(_decoder, payload)


def mark_confirmation(confirmation: Confirmation) -> bytes:
    """The record of a confirmation."""
    return mark_record(Mark.CONFIRMATION, encode_confirmation(confirmation))


def decode_confirmation(payload: bytes) -> Confirmation:
    """From the value of an entry. Raises msgspec.DecodeError."""
    return decode_event(_confirmation_decoder, payload)
