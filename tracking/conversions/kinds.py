"""The words of conversions: what happened, how sure we are of it, what became of it, and to whom it belongs.

The numbers are stored, so they are never reused.
"""

from enum import IntEnum
from typing import Final

MAX_EVENT_CHARS: Final = 64


class ConversionKind(IntEnum):
    """What a report says happened. Any name that is none of these is CUSTOM, and is kept."""

    LEAD = 1
    SALE = 2
    REBILL = 3
    INSTALL = 4
    SIGNUP = 5
    CUSTOM = 6
    REFUND = 7
    CHARGEBACK = 8
    VOID = 9


# They take back another conversion of the same order, and have no click of their own.
CORRECTIONS: Final = frozenset({ConversionKind.REFUND, ConversionKind.CHARGEBACK, ConversionKind.VOID})
# What `conversions` counts where account and campaign say nothing else; never a correction.
COUNTED_BY_DEFAULT: Final = (
    ConversionKind.LEAD,
    ConversionKind.SALE,
    ConversionKind.INSTALL,
    ConversionKind.SIGNUP,
    ConversionKind.CUSTOM,
)


def list_counted_by_default() -> list[str]:
    return [kind.name for kind in COUNTED_BY_DEFAULT]


_BY_NAME: Final = {kind.name.lower(): kind for kind in ConversionKind}


def find_kind(event: str) -> ConversionKind:
    """Of a name as `tracking.offers.events.name_event` spells it."""
    return _BY_NAME.get(event, ConversionKind.CUSTOM)


class Source(IntEnum):
    """Through which door a report came."""

    POSTBACK = 1  # /conv
    OFFER_POSTBACK = 2  # /conv/offer
    PIXEL = 3
    SNIPPET = 4
    SIGNED_POSTBACK = 5  # signed POST /conv
    GRAPH = 6  # recordConversions
    IMPORT = 7


class Proof(IntEnum):
    """By what a report proves that the brand sent it. Ascending."""

    NONE = 0
    OFFER_SECRET = 1
    API_KEY = 2
    SIGNATURE = 3


class Trust(IntEnum):
    """How sure we are of a conversion. Ascending: of two reports of one order the surer one holds."""

    UNVERIFIED = 0
    TOKEN = 1  # an offer's secret, an API key, a valid click id, or our own visitor cookie
    SIGNED = 2


class Status(IntEnum):
    """Only what is APPROVED is in metrics; all else but VOIDED stands in the inbox, with its reason."""

    APPROVED = 1
    HELD = 2  # unverified, or over the cap: waits for a person
    WAITING = 3  # its click, or the sale it takes back, has not come yet
    UNMATCHED = 4  # no click that it could belong to
    CONFLICT = 5  # another report of the same key stands, with another amount
    REJECTED = 6
    VOIDED = 7  # taken back as if it had never been


class Method(IntEnum):
    """By what a conversion is credited."""

    NONE = 0
    CLICK_ID = 1
    COOKIE = 2
    CONTACT = 3
    COUPON = 4
    LINK = 5
    OFFER = 6


class StandingReason(IntEnum):
    """Why a conversion stands as it does; 0 needs no words."""

    NONE = 0
    UNVERIFIED = 1
    OVER_CAP = 2
    CLICK_NOT_FOUND = 3
    NOTHING_TO_GO_BY = 4
    OUTSIDE_WINDOW = 5
    CLICK_NOT_COUNTED = 6
    CLICK_AFTER_CONVERSION = 7
    OTHER_AMOUNT = 8
    SUPERSEDED = 9
    SALE_NOT_FOUND = 10
    ABOVE_SALE = 11
    OTHER_CURRENCY = 12
    SALE_NOT_APPROVED = 13
    VOIDED = 14
    BY_A_PERSON = 15
    BAD_AMOUNT = 16
    FOREIGN_CLICK = 17


class EntryCause(IntEnum):
    """What made a conversion stand otherwise than before: one for each entry of its ledger."""

    RECORDED = 1
    REPORTED_AGAIN = 2  # by a surer source, or with something new to go by
    CLICK_FOUND = 3
    CLICK_RELABELLED = 4
    ORDER_CHANGED = 5  # something else of its order, such as a refund
    APPROVED_BY_HAND = 6
    REJECTED_BY_HAND = 7
    REMATCHED = 8
    WAITED_TOO_LONG = 9
