"""The contract of impressions on the stream: somebody was shown what carries an opt-in link (IM13)."""

import msgspec

from tracking.stream_events import Bytes16, RowId, decode_event
from tracking.streams import Mark, mark_record


class Impression(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Its id is a UUIDv7 made by the door, whose time is the impression's. Fields are only ever appended."""

    impression_id: Bytes16
    account_id: RowId
    link_id: RowId


_decoder = msgspec.msgpack.Decoder(Impression)
encode_impression = msgspec.msgpack.Encoder().encode


def mark_impression(impression: Impression) -> bytes:
    """The record of an impression, for the recorder."""
    return mark_record(Mark.IMPRESSION, encode_impression(impression))


def decode_impression(payload: bytes) -> Impression:
    """Raises msgspec.DecodeError."""
    return decode_event(_decoder, payload)
