"""Who holds a unique click: the earliest counted click of its key, in whatever order they arrive (rules 5 and 6)."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.prepare import PreparedClick, UniqueKey
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DELTA_KEYS, DeltaKey

_COLUMNS = ("day", "subject", "subject_id", "visitor_key", "account_id", "click_id")
_KEY = "day, subject, subject_id, visitor_key"

# Candidates come by COPY: asyncpg takes three times as long to write the same as arrays.
STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_unique (
        day date, subject smallint, subject_id bigint, visitor_key bytea, account_id bigint, click_id uuid
    ) ON COMMIT DELETE ROWS
"""

# Answers with the candidates whose key another click holds already.
_INSERT = f"""
    WITH taken AS (
        INSERT INTO unique_click ({_KEY}, account_id, click_id)
        SELECT {_KEY}, account_id, click_id FROM incoming_unique ORDER BY {_KEY}
        ON CONFLICT DO NOTHING
        RETURNING click_id
    )
    SELECT click_id FROM incoming_unique EXCEPT TABLE taken
"""

_LOCK_LATER = f"""
    SELECT wanted.click_id, held.click_id AS held_by
    FROM incoming_unique AS wanted JOIN unique_click AS held USING ({_KEY}, account_id)
    WHERE wanted.click_id = ANY ($1) AND held.click_id > wanted.click_id
    ORDER BY {_KEY}
    FOR UPDATE OF held
"""

_HOLDERS = """
    SELECT id, occurred_at, account_id, CASE WHEN contact_id IS NULL THEN link_id END AS link_id,
           campaign_id, creator_id, message_id, slot, contact_id, offer_id, sharer_id
    FROM click WHERE id = ANY ($1)
"""

_TAKE_OVER = """
    UPDATE unique_click AS held SET click_id = wanted.click_id
    FROM incoming_unique AS wanted
    WHERE wanted.click_id = ANY ($1) AND (held.day, held.subject, held.subject_id, held.visitor_key)
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
    connection: asyncpg.Connection, clicks: Iterable[PreparedClick], zones: dict[int, ZoneInfo]
) -> Uniques:
    """Make these clicks, new in the caller's transaction, holders where they are the first of their key.

    Locks unique rows in the order of their keys, so that transactions wait for each other but never in a circle.
    """
    earliest = _keep_earliest(clicks)
    if not earliest:
        return Uniques([], [])
    records = [(*click.unique_key, click.account_id, click.click_id) for click in earliest.values()]
    await connection.copy_records_to_table("incoming_unique", records=records, columns=_COLUMNS)
    held = {row["click_id"] for row in await connection.fetch(_INSERT)}
    candidates = {click.click_id: click for click in earliest.values()}
    first = [click for click_id, click in candidates.items() if click_id not in held]
    return Uniques(first, await _take_over(connection, candidates, held, zones) if held else [])


def _keep_earliest(clicks: Iterable[PreparedClick]) -> dict[UniqueKey, PreparedClick]:
    earliest: dict[UniqueKey, PreparedClick] = {}
    for click in clicks:
        if click.is_counted:
            other = earliest.setdefault(click.unique_key, click)
            if click.click_id < other.click_id:
                earliest[click.unique_key] = click
    return earliest


async def _take_over(
    connection: asyncpg.Connection,
    candidates: dict[UUID, PreparedClick],
    held: Collection[UUID],
    zones: dict[int, ZoneInfo],
) -> list[TakeOver]:
    """Move units from later holders. One whose click is no longer stored keeps its unit: nobody can say from where."""
    locked = await connection.fetch(_LOCK_LATER, list(held))
    if not locked:
        return []
    holders = await connection.fetch(_HOLDERS, [row["held_by"] for row in locked])
    lost_from = {row["id"]: _read_delta_key(row, zones[row["account_id"]]) for row in holders}
    movable = [row for row in locked if row["held_by"] in lost_from]
    await connection.execute(_TAKE_OVER, [row["click_id"] for row in movable])
    return [TakeOver(row["held_by"], lost_from[row["held_by"]], candidates[row["click_id"]]) for row in movable]


def _read_delta_key(holder: asyncpg.Record, zone: ZoneInfo) -> DeltaKey:
    occurred_at: dt.datetime = holder["occurred_at"]
    buckets = find_buckets(round(occurred_at.timestamp() * 1000), zone)
    found = {**holder, "hour_at": buckets.hour_at, "day_at": buckets.day_at}
    return tuple(found[key] for key in DELTA_KEYS)
