"""On which hosts of the brand the snippet was seen: what the live checks of an installation look at (LO14).

Whoever knows an account's key can claim any host, so that only so many of each account are kept: those on which clicks
arrived before all others, and of two alike the one that was seen last.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.clicks.store import find_horizon_fault
from tracking.clock import now_ms, read_ms
from tracking.database import list_columns
from tracking.snippets.event import Sighting

HOSTS_AN_ACCOUNT: Final = 200

# Answers with the accounts that have a host more than before: of a row that was there, xmax names who changed it.
_UPSERT: Final = """
    INSERT INTO snippet_sighting AS known (account_id, page_host, seen_at, click_seen_at)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[])
        AS seen (account_id, page_host, seen_at, click_seen_at)
    ORDER BY account_id, page_host
    ON CONFLICT (account_id, page_host) DO UPDATE
    SET seen_at = greatest(known.seen_at, excluded.seen_at),
        click_seen_at = greatest(known.click_seen_at, excluded.click_seen_at)
    WHERE known.seen_at < excluded.seen_at
        OR known.click_seen_at IS DISTINCT FROM greatest(known.click_seen_at, excluded.click_seen_at)
    RETURNING account_id, xmax = 0 AS is_new
"""
# A row that is written meanwhile has another place, and stays.
_DELETE_BEYOND: Final = f"""
    DELETE FROM snippet_sighting WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM snippet_sighting WHERE account_id = $1
        ORDER BY click_seen_at DESC NULLS LAST, seen_at DESC, page_host OFFSET {HOSTS_AN_ACCOUNT}
    ))
"""


class RejectedSighting(NamedTuple):
    event: Sighting
    reason: str


class StoredSightings(NamedTuple):
    """How many hosts this call added, and the sightings that can never be stored."""

    added: int
    rejected: list[RejectedSighting]


class _Seen(NamedTuple):
    at_ms: int
    click_at_ms: int | None


async def store_sightings(pool: asyncpg.Pool, sightings: Sequence[Sighting]) -> StoredSightings:
    """Note the newest sighting of each host. Doing it again, or in another order, changes nothing."""
    now = now_ms()
    reasons = [find_horizon_fault(sighting.seen_at_ms, now) for sighting in sightings]
    pairs = list(zip(sightings, reasons, strict=True))
    rejected = [RejectedSighting(sighting, reason) for sighting, reason in pairs if reason is not None]
    newest = _find_newest(sighting for sighting, reason in pairs if reason is None)
    if not newest:
        return StoredSightings(0, rejected)
    rows = [(*place, _read_moment(seen.at_ms), _read_moment(seen.click_at_ms)) for place, seen in newest.items()]
    written = await pool.fetch(_UPSERT, *list_columns(rows))
    grown = [row["account_id"] for row in written if row["is_new"]]
    for account_id in sorted(set(grown)):
        await pool.execute(_DELETE_BEYOND, account_id)
    return StoredSightings(len(grown), rejected)


def _find_newest(sightings: Iterable[Sighting]) -> dict[tuple[int, str], _Seen]:
    newest: dict[tuple[int, str], _Seen] = {}
    for sighting in sightings:
        place = (sighting.account_id, sighting.page_host)
        click_at_ms = sighting.seen_at_ms if sighting.click_id is not None else None
        before = newest.get(place, _Seen(0, None))
        clicks = [at_ms for at_ms in (before.click_at_ms, click_at_ms) if at_ms is not None]
        newest[place] = _Seen(max(before.at_ms, sighting.seen_at_ms), max(clicks, default=None))
    return newest


def _read_moment(at_ms: int | None) -> dt.datetime | None:
    return None if at_ms is None else read_ms(at_ms)
