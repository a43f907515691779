"""What happened, told once: rows written in the transaction that made it happen, moved to the log by the relay."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final
from uuid import UUID

import asyncpg


class EventKind(IntEnum):
    """What the ids of an event are."""

    CLICKS_STORED = 1  # the clicks
    UNIQUES_MOVED = 2  # pairs: the click that held a unique, the earlier one that holds it now
    LINK_CREATED = 3  # the links; those of recipients are told by their message
    LINK_ARCHIVED = 4  # the links
    CLICKS_RECLASSIFIED = 5  # the clicks that are judged otherwise, or lost or won a unique by that
    DELIVERIES_RECORDED = 6  # the message, then the contacts that were told of
    CONVERSIONS_RECORDED = 7  # the conversions that are new
    CONVERSIONS_CHANGED = 8  # the conversions that stand otherwise than before
    EXPORT_FINISHED = 9  # the exports, completed or failed
    IMPORT_FINISHED = 10  # the imports, completed or failed


CLICK_KINDS: Final = (EventKind.CLICKS_STORED, EventKind.UNIQUES_MOVED, EventKind.CLICKS_RECLASSIFIED)
CONVERSION_KINDS: Final = (EventKind.CONVERSIONS_RECORDED, EventKind.CONVERSIONS_CHANGED)


async def append_events(connection: asyncpg.Connection, events: Iterable[tuple[int, EventKind, list[UUID]]]) -> None:
    """Account, kind and ids of each, in the caller's transaction (rule 13)."""
    await connection.executemany("INSERT INTO event_outbox (account_id, kind, ids) VALUES ($1, $2, $3)", events)
