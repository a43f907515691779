"""The one way an impression gets into PostgreSQL: counted for its link, exactly once. Nothing is kept of who saw it.

Its row is there only so that a second delivery is known as one, and goes when no delivery of it is taken any more.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clicks.ids import lower_bound, read_click_ms
from tracking.clicks.store import LATE_LIMIT_MS, UNKNOWN_ACCOUNT, find_horizon_fault
from tracking.clicks.zones import ZoneChangedError, Zones, fix_zones, read_zones
from tracking.clock import now_ms
from tracking.database import list_columns
from tracking.impressions.event import Impression
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DELTA_KEYS
from tracking.reports.outcomes import NO_CURRENCY, Dating, OutcomeDeltas

UNKNOWN_LINK: Final = "unknown_link"
ROWS_AT_ONCE: Final = 5_000
KEPT_FOR: Final = dt.timedelta(milliseconds=LATE_LIMIT_MS, days=1)

_READ_LINKS: Final = """
    SELECT id, account_id, CASE WHEN contact_id IS NULL THEN id END AS link_id, campaign_id, creator_id, message_id,
        slot, contact_id, offer_id, sharer_id
    FROM link WHERE id = ANY ($1)
"""
_INSERT: Final = """
    INSERT INTO impression (id, account_id, link_id)
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS seen (id, account_id, link_id) ORDER BY id
    ON CONFLICT DO NOTHING
    RETURNING id
"""
_DELETE_OLD: Final = f"""
    DELETE FROM impression WHERE id = ANY (ARRAY(
        SELECT id FROM impression WHERE id < $1 ORDER BY id LIMIT {ROWS_AT_ONCE}
    ))
"""


class RejectedImpression(NamedTuple):
    event: Impression
    reason: str


class StoredImpressions(NamedTuple):
    """How many this call added, and those that can never be stored."""

    added: int
    rejected: list[RejectedImpression]


async def store_impressions(pool: asyncpg.Pool, impressions: Sequence[Impression]) -> StoredImpressions:
    """Keep and count them, in one transaction; storing again adds nothing. Errors pass as of `store_clicks`."""
    while True:
        zones = await read_zones(pool, {each.account_id for each in impressions})
        links = {row["id"]: row for row in await pool.fetch(_READ_LINKS, [each.link_id for each in impressions])}
        now = now_ms()
        sound: dict[bytes, Impression] = {}
        rejected: list[RejectedImpression] = []
        for each in impressions:
            reason = _find_fault(each, zones, links, now)
            if reason is None:
                sound[each.impression_id] = each
            else:
                rejected.append(RejectedImpression(each, reason))
        try:
            return StoredImpressions(await _store(pool, sound, zones, links) if sound else 0, rejected)
        except ZoneChangedError:
            continue


async def delete_old_impressions(pool: asyncpg.Pool, now: dt.datetime) -> None:
    """Those that the horizon keeps out by now, with a day for clocks that differ. What was counted of them stays."""
    deleted = ROWS_AT_ONCE
    while deleted == ROWS_AT_ONCE:
        status: str = await pool.execute(_DELETE_OLD, lower_bound(now - KEPT_FOR))
        deleted = int(status.rpartition(" ")[2])


def _find_fault(impression: Impression, zones: Zones, links: Mapping[int, asyncpg.Record], now: int) -> str | None:
    if impression.account_id not in zones.by_account:
        return UNKNOWN_ACCOUNT
    link = links.get(impression.link_id)
    if link is None or link["account_id"] != impression.account_id:
        return UNKNOWN_LINK
    return find_horizon_fault(read_click_ms(impression.impression_id), now)


async def _store(
    pool: asyncpg.Pool, impressions: Mapping[bytes, Impression], zones: Zones, links: Mapping[int, asyncpg.Record]
) -> int:
    """Impressions are counted in the account's hours and days as clicks are, so the first one fixes its zone too."""
    rows = [(UUID(bytes=each.impression_id), each.account_id, each.link_id) for each in impressions.values()]
    async with pool.acquire() as connection, connection.transaction():
        await fix_zones(connection, zones, (each.account_id for each in impressions.values()))
        added = await connection.fetch(_INSERT, *list_columns(rows))
        deltas = OutcomeDeltas()
        for row in added:
            impression = impressions[row["id"].bytes]
            buckets = find_buckets(read_click_ms(impression.impression_id), zones.by_account[impression.account_id])
            place = {**links[impression.link_id], "hour_at": buckets.hour_at, "day_at": buckets.day_at}
            key = tuple(place[name] for name in DELTA_KEYS)
            for dating in Dating:  # it belongs to no click, and so has one moment
                deltas.add(key, dating, NO_CURRENCY, "impressions")
        if added:
            await deltas.append(connection)
    return len(added)
