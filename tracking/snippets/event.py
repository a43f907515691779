"""The contract of sightings on the stream: the snippet ran on a page of the brand."""

from typing import Annotated, Final

import msgspec

from tracking.stream_events import Bytes16, MomentMs, RowId, decode_event
from tracking.streams import Mark, mark_record

MAX_HOST_CHARS: Final = 253


class Sighting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`click_id` is what the page's address carried, verified; None when it carried none. Fields are only appended."""

    seen_at_ms: MomentMs
    account_id: RowId
    page_host: Annotated[str, msgspec.Meta(max_length=MAX_HOST_CHARS)]
    click_id: Bytes16 | None


_decoder = msgspec.msgpack.Decoder(Sighting)
encode_sighting = msgspec.msgpack.Encoder().encode


def mark_sighting(sighting: Sighting) -> bytes:
    """The record of a sighting, for the recorder."""
    return mark_record(Mark.SIGHTING, encode_sighting(sighting))


def decode_sighting(payload: bytes) -> Sighting:
    """Raises msgspec.DecodeError."""
    return decode_event(_decoder, payload)
