"""The names and ids of events as others hear of them, in subscriptions and webhooks alike. Pure."""

import base64
import datetime as dt
from enum import StrEnum
from typing import Final

from tracking.events.outbox import EventKind

PAYLOAD_VERSION: Final = 1  # raised when what is there changes its meaning, not when something is added
_ID_START: Final = "evt_"
_MS_BYTES, _POSITION_BYTES, _ORDINAL_BYTES = 6, 6, 3  # 15 bytes are 24 characters of base32, without padding


class EventType(StrEnum):
    CLICK_RECORDED = "click.recorded"
    CLICK_RECLASSIFIED = "click.reclassified"
    CONVERSION_RECORDED = "conversion.recorded"
    CONVERSION_CHANGED = "conversion.changed"
    LINK_CREATED = "link.created"
    LINK_ARCHIVED = "link.archived"
    EXPORT_FINISHED = "export.finished"
    IMPORT_FINISHED = "import.finished"


# Deliveries that were recorded concern nobody outside.
TYPE_OF_KIND: Final = {
    EventKind.CLICKS_STORED: EventType.CLICK_RECORDED,
    EventKind.UNIQUES_MOVED: EventType.CLICK_RECLASSIFIED,
    EventKind.CLICKS_RECLASSIFIED: EventType.CLICK_RECLASSIFIED,
    EventKind.CONVERSIONS_RECORDED: EventType.CONVERSION_RECORDED,
    EventKind.CONVERSIONS_CHANGED: EventType.CONVERSION_CHANGED,
    EventKind.LINK_CREATED: EventType.LINK_CREATED,
    EventKind.LINK_ARCHIVED: EventType.LINK_ARCHIVED,
    EventKind.EXPORT_FINISHED: EventType.EXPORT_FINISHED,
    EventKind.IMPORT_FINISHED: EventType.IMPORT_FINISHED,
}
# Of a pair, the click that lost its unique is news; the one that took it has just been told.
STRIDES: Final = {EventKind.UNIQUES_MOVED: 2}


def make_event_id(logged_at: dt.datetime, position: int, ordinal: int) -> str:
    """The same whenever and to whomever it is told: of what the row of the log at `position` names at `ordinal`.

    The moment is in it because positions begin again where a database is restored from a backup.
    """
    number = int(logged_at.timestamp() * 1000)
    parts = ((number, _MS_BYTES), (position, _POSITION_BYTES), (ordinal, _ORDINAL_BYTES))
    octets = b"".join(value.to_bytes(size, "big") for value, size in parts)
    return _ID_START + base64.b32encode(octets).decode().lower()
