"""Every Redis key, stream, group and channel, named once; and what tells the records of the stream apart."""

from enum import IntEnum
from typing import Final

CLICK_STREAM = "creatrail:clicks"
CLICK_GROUP = "ingest"
DEAD_CLICK_STREAM = "creatrail:clicks:dead"

INGEST_QUEUE = "creatrail:arq:ingest"
JOBS_QUEUE = "creatrail:arq:jobs"

CHANGES_CHANNEL = "creatrail:changes"
EVENTS_CHANNELS = "creatrail:events:*"


def events_channel(account_id: int) -> str:
    """Woken after the events of an account got their positions. It carries the newest one; the log is the truth."""
    return f"creatrail:events:{account_id}"


def name_nonce(account_id: int, nonce: str) -> str:
    """There once a signed report of the account used it, for as long as its signature holds."""
    return f"creatrail:nonce:{account_id}:{nonce}"


class Mark(IntEnum):
    """The first byte of a record that is no click's: in MessagePack a small number, while every event is an array."""

    CONFIRMATION = 0
    CONVERSION = 1
    IMPRESSION = 2
    SIGHTING = 3


# The name of the field in an entry of the stream, which is the version of the contract.
VERSIONS: Final[dict[int, bytes]] = {
    Mark.CONFIRMATION: b"confirmation-1",
    Mark.CONVERSION: b"conversion-1",
    Mark.IMPRESSION: b"impression-1",
    Mark.SIGHTING: b"sighting-1",
}


def mark_record(mark: Mark, payload: bytes) -> bytes:
    """How a record that is no click's is handed to the recorder, and how it lies in the spool."""
    return bytes((mark,)) + payload
