"""The contract of sightings on the stream: the snippet ran on a page of the brand."""

from typing import Annotated, Final

import msgspec

from tracking.streams import Mark, mark_record

MAX_HOST_CHARS: Final = 253
_Id = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Sighting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`click_id` is what the page's address carried, verified; None when it carried none. Fields are only appended."""

    seen_at_ms: Annotated[int, msgspec.Meta(ge=946_684_800_000, le=4_102_444_800_000)]
    account_id: _Id
    page_host: Annotated[str, msgspec.Meta(max_length=MAX_HOST_CHARS)]
    click_id: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)] | None


_decoder = msgspec.msgpack.Decoder(Sighting)
encode_sighting = msgspec.msgpack.Encoder().encode


def mark_sighting(sighting: Sighting) -> bytes:
    """The record of a sighting, for the recorder."""
    return mark_record(Mark.SIGHTING, encode_sighting(sighting))


def decode_sighting(payload: bytes) -> Sighting:
    """Raises msgspec.DecodeError (or its subclass ValidationError) when these bytes are no sighting."""
    try:
        return _decoder.decode(payload)
    except UnicodeDecodeError as error:  # msgspec lets it through as it is
        raise msgspec.DecodeError(str(error)) from error
