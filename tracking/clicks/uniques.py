"""Who holds a unique click: the earliest counted click of its key, in whatever order they arrive (rules 5 and 6)."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import PreparedClick
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DELTA_KEYS, DeltaKey

_COLUMNS = ("place", "day", "subject", "subject_id", "visitor_key", "account_id", "click_id")

# Candidates come by COPY: asyncpg takes three times as long to write the same as arrays.
STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_unique (
        place integer, day date, subject smallint, subject_id bigint, visitor_key bytea, account_id bigint, click_id uuid
    ) ON COMMIT DELETE ROWS
"""

# Answers with those that another click holds already. A holder that this statement cannot see yet may be a later one.
_INSERT = """
    WITH taken AS (
        INSERT INTO unique_click (day, subject, subject_id, visitor_key, account_id, click_id)
        SELECT day, subject, subject_id, visitor_key, account_id, click_id FROM incoming_unique ORDER BY place
        ON CONFLICT DO NOTHING
        RETURNING click_id
    )
    SELECT place, held.click_id IS NULL OR held.click_id > wanted.click_id AS may_be_taken_over
    FROM incoming_unique AS wanted LEFT JOIN unique_click AS held USING (day, subject, subject_id, visitor_key)
    WHERE NOT EXISTS (SELECT FROM taken WHERE taken.click_id = wanted.click_id)
"""

_LOCK_LATER = """
    SELECT place, held.click_id AS held_by
    FROM incoming_unique AS wanted JOIN unique_click AS held USING (day, subject, subject_id, visitor_key)
    WHERE place = ANY ($1) AND held.click_id > wanted.click_id
    ORDER BY place
    FOR UPDATE OF held
"""

_HOLDERS = """
    SELECT id, occurred_at, account_id, CASE WHEN contact_id IS NULL THEN link_id END AS link_id,
           campaign_id, creator_id, message_id, slot, contact_id, offer_id, sharer_id
    FROM click WHERE id = ANY($1)
"""

_TAKE_OVER = """
    UPDATE unique_click AS held SET click_id = wanted.click_id
    FROM incoming_unique AS wanted
    WHERE place = ANY ($1) AND (held.day, held.subject, held.subject_id, held.visitor_key)
        = (wanted.day, wanted.subject, wanted.subject_id, wanted.visitor_key)
"""


class TakeOver(NamedTuple):
    lost_by: UUID
    lost_from: DeltaKey
    won_by: PreparedClick


class Uniques(NamedTuple):
    first: list[PreparedClick]
    taken_over: list[TakeOver]


async def take_uniques(
    connection: asyncpg.Connection, clicks: Sequence[PreparedClick], zones: dict[int, ZoneInfo]
) -> Uniques:
    """Make these clicks, new in the caller's transaction, holders where they are the first of their key.

    Locks unique rows in the order of their keys, so that transactions wait for each other but never in a circle.
    """
    earliest = _keep_earliest(clicks)
    if not earliest:
        return Uniques([], [])
    records = [(place, *click.unique_key, click.account_id, click.click_id) for place, click in enumerate(earliest)]
    await connection.copy_records_to_table("incoming_unique", records=records, columns=_COLUMNS)
    held = {row["place"]: row["may_be_taken_over"] for row in await connection.fetch(_INSERT)}
    first = [click for place, click in enumerate(earliest) if place not in held]
    to_lock = [place for place, may_be_taken_over in held.items() if may_be_taken_over]
    return Uniques(first, await _take_over(connection, earliest, to_lock, zones) if to_lock else [])


def _keep_earliest(clicks: Sequence[PreparedClick]) -> list[PreparedClick]:
    """The earliest counted click of each key, in the order in which the rows are locked."""
    earliest: dict[tuple[object, ...], PreparedClick] = {}
    for click in clicks:
        if click.is_counted:
            other = earliest.setdefault(click.unique_key, click)
            if click.click_id < other.click_id:
                earliest[click.unique_key] = click
    return [earliest[key] for key in sorted(earliest)]


async def _take_over(
    connection: asyncpg.Connection, earliest: list[PreparedClick], places: list[int], zones: dict[int, ZoneInfo]
) -> list[TakeOver]:
    """Move units from later holders. One whose click is no longer stored keeps its unit: nobody can say from where."""
    locked = await connection.fetch(_LOCK_LATER, places)
    if not locked:
        return []
    holders = await connection.fetch(_HOLDERS, [row["held_by"] for row in locked])
    lost_from = {row["id"]: _read_delta_key(row, zones[row["account_id"]]) for row in holders}
    movable = [row for row in locked if row["held_by"] in lost_from]
    await connection.execute(_TAKE_OVER, [row["place"] for row in movable])
    return [TakeOver(row["held_by"], lost_from[row["held_by"]], earliest[row["place"]]) for row in movable]


def _read_delta_key(holder: asyncpg.Record, zone: ZoneInfo) -> DeltaKey:
    occurred_at: dt.datetime = holder["occurred_at"]
    buckets = find_buckets(round(occurred_at.timestamp() * 1000), zone)
    found = {**holder, "hour_at": buckets.hour_at, "day_at": buckets.day_at}
    return tuple(found[key] for key in DELTA_KEYS)
