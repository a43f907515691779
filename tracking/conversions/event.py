"""The contract of conversions on the stream: what a door writes and the worker reads, one entry per report.

A report's id is made from its key alone, so that all reports of one order have the same (rule 7), and a door can answer
with it without asking anybody.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, Final

import msgspec

from tracking.stream_events import Bytes16, MomentMs, RowId, decode_event
from tracking.streams import Mark, mark_record

MAX_KEY_CHARS: Final = 128  # of txn_id and refund_id
MAX_CLICK_IDS: Final = 10
_ID_BYTES: Final = 16
_PERSON: Final = b"conversion id"
_VERSION: Final = 8 << 4
_VARIANT: Final = 0b10 << 6


class ConversionEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One report of a conversion, checked for shape by its door. Fields are only ever appended, with a default.

    Either `txn_id` or a click id is given. `revenue` is a decimal in major units, without sign, as it was given; ""
    when it was not. A `currency` of "" means the offer's, else the account's, which the worker finds.
    """

    received_at_ms: MomentMs
    account_id: RowId
    source: int  # kinds.Source
    proof: int  # kinds.Proof
    event: str  # as `tracking.offers.events.name_event` spells it
    txn_id: str  # "" for none
    part: str  # the refund_id of a correction, else ""
    revenue: str
    currency: str
    occurred_at_ms: MomentMs | None  # when the reporter says that it happened; None: when it was received
    click_ids: Annotated[
        list[Bytes16], msgspec.Meta(max_length=MAX_CLICK_IDS)
    ]  # verified; the one that is the key first
    visitor_keys: Annotated[list[Bytes16], msgspec.Meta(max_length=2)]  # of our own cookie, for `link_id`
    link_id: RowId | None
    offer_id: RowId | None
    coupon: str
    page_host: str = ""  # of the page that a browser reported from

    @property
    def order_key(self) -> str:
        """What all reports of one order of the account share; "" when there is nothing, which no door lets pass."""
        if self.txn_id:
            return f"t:{self.txn_id}"
        return f"c:{self.click_ids[0].hex()}" if self.click_ids else ""


def find_conversion_id(account_id: int, order_key: str, event: str, part: str) -> bytes:
    """A UUID (version 8) of 16 bytes: the same for the same key, whoever computes it."""
    digest = _begin_key(account_id).copy()
    digest.update(_frame(order_key) + _end_key(event, part))
    return make_uuid8(digest.digest())


def make_uuid8(digest: bytes) -> bytes:
    drawn = bytearray(digest)
    drawn[6] = drawn[6] & 0x0F | _VERSION
    drawn[8] = drawn[8] & 0x3F | _VARIANT
    return bytes(drawn)


@lru_cache(maxsize=1_024)
def _begin_key(account_id: int) -> blake2b:
    digest = blake2b(digest_size=_ID_BYTES, person=_PERSON)
    digest.update(_frame(str(account_id)))
    return digest


@lru_cache(maxsize=1_024)
def _end_key(event: str, part: str) -> bytes:
    return _frame(event) + _frame(part)


def _frame(text: str) -> bytes:
    encoded = text.encode()
    return len(encoded).to_bytes(4, "big") + encoded


_decoder = msgspec.msgpack.Decoder(ConversionEvent)
encode_conversion = msgspec.msgpack.Encoder().encode


def mark_conversion(event: ConversionEvent) -> bytes:
    """The record of a report, for the recorder."""
    return mark_record(Mark.CONVERSION, encode_conversion(event))


def decode_conversion(payload: bytes) -> ConversionEvent:
    """Raises msgspec.DecodeError."""
    return decode_event(_decoder, payload)
