"""Stores reports in the transaction of an import, whose progress moves with them. However old they are (rule 3)."""

from collections.abc import Sequence
from enum import Enum
from typing import Final
from uuid import UUID

import asyncpg

from tracking.clicks.zones import read_zones
from tracking.conversions.event import ConversionEvent
from tracking.conversions.reports import make_report, select_news
from tracking.conversions.store import hold_orders, store_held

_KNOWN: Final = "SELECT id FROM conversion WHERE id = ANY ($1)"


class Addition(Enum):
    """What a report added to what was there."""

    CONVERSION = "conversion"
    REPORT = "report"
    NOTHING = "nothing"


async def import_conversions(connection: asyncpg.Connection, events: Sequence[ConversionEvent]) -> list[Addition]:
    """In the order of the events; doing it again adds nothing. Raises ZoneChangedError: begin anew.

    Clicks that these reports vouch for are judged anew by a recheck, once this is committed.
    """
    reports = [make_report(event) for event in events]
    news = await select_news(connection, reports)
    if not news:
        return [Addition.NOTHING] * len(events)
    await hold_orders(connection, news, await read_zones(connection, {event.account_id for event in events}))
    ids = [report.conversion_id for report in news]
    known: set[UUID] = {row["id"] for row in await connection.fetch(_KNOWN, ids)}
    await store_held(connection, news)
    left = {(report.conversion_id, report.digest) for report in news}
    additions = []
    for report in reports:
        key = (report.conversion_id, report.digest)
        addition = Addition.REPORT if key in left else Addition.NOTHING
        additions.append(Addition.CONVERSION if report.conversion_id not in known and key in left else addition)
        left.discard(key)
        known.add(report.conversion_id)
    return additions
