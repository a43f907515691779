"""What the contracts of events on the stream have in common: kinds of fields, and how an event is decoded."""

from typing import Annotated, Final, TypeVar

import msgspec

EARLIEST_MS: Final = 946_684_800_000  # the year 2000: what says to be older has no time at all
LATEST_MS: Final = 4_102_444_800_000  # the year 2100

RowId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Bytes16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
MomentMs = Annotated[int, msgspec.Meta(ge=EARLIEST_MS, le=LATEST_MS)]

_Event = TypeVar("_Event")


def decode_event(decoder: msgspec.msgpack.Decoder[_Event], payload: bytes) -> _Event:
    """Raises msgspec.DecodeError (or its subclass ValidationError) when these bytes are no such event."""
    try:
        return decoder.decode(payload)
    except UnicodeDecodeError as error:  # msgspec lets it through as it is
        raise msgspec.DecodeError(str(error)) from error
