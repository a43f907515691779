"""The contract of impressions on the stream: somebody was shown what carries an opt-in link (IM13)."""

from typing import Annotated

import msgspec

from tracking.streams import Mark, mark_record

_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Impression(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Its id is a UUIDv7 made by the door, whose time is the impression's. Fields are only ever appended."""

    impression_id: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
    account_id: _Id
    link_id: _Id


_decoder = msgspec.msgpack.Decoder(Impression)
encode_impression = msgspec.msgpack.Encoder().encode


def mark_impression(impression: Impression) -> bytes:
    """The record of an impression, for the recorder."""
    return mark_record(Mark.IMPRESSION, encode_impression(impression))


def decode_impression(payload: bytes) -> Impression:
    """Raises msgspec.DecodeError (or its subclass ValidationError) when these bytes are no impression."""
    return _decoder.decode(payload)
