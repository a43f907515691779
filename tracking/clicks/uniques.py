"""Who holds a unique click: the earliest counted click of its key, in whatever order they arrive (rules 5 and 6)."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clicks.event import VisitorMethod
from tracking.clicks.prepare import PreparedClick, UniqueKey
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DELTA_KEYS, DeltaKey, Deltas
from tracking.reports.scopes import COUNTERS, UNIQUE

UNIQUE_COLUMNS: Final = ("day", "subject", "subject_id", "visitor_key", "account_id", "click_id")
UNIQUE_KEY: Final = "day, subject, subject_id, visitor_key"

# How sure it is that a unique click is one visitor's: by what its holder was told apart. The rest have no method.
_BY_METHOD: Final = {
    VisitorMethod.CONTACT: COUNTERS.index("unique_by_contact"),
    VisitorMethod.COOKIE: COUNTERS.index("unique_by_cookie"),
    VisitorMethod.HASH: COUNTERS.index("unique_by_hash"),
}

# Joins with the click tables go through their indexes, whatever the planner believes of tables that grow from nothing
# within minutes and of temporary ones that nobody analyses.
# Candidates come by COPY: asyncpg takes three times as long to write the same as arrays.
STAGE = """
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL enable_hashjoin = off;
    SET LOCAL enable_mergejoin = off;
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_unique (
        day date, subject smallint, subject_id bigint, visitor_key bytea, account_id bigint, click_id uuid
    ) ON COMMIT DELETE ROWS
"""

# Answers with the candidates whose key another click holds already.
_INSERT = f"""
    WITH taken AS (
        INSERT INTO unique_click ({UNIQUE_KEY}, account_id, click_id)
        SELECT {UNIQUE_KEY}, account_id, click_id FROM incoming_unique ORDER BY {UNIQUE_KEY}
        ON CONFLICT DO NOTHING
        RETURNING click_id
    )
    SELECT click_id FROM incoming_unique EXCEPT TABLE taken
"""

# Nobody gives a unique up, or to another click, before those who store repeats of it are done: an election that did
# not see them would pass them over (rule 6). They share the lock, so that batches do not wait for each other.
_LOCK_HELD = f"""
    SELECT wanted.click_id, held.click_id AS held_by
    FROM incoming_unique AS wanted JOIN unique_click AS held USING ({UNIQUE_KEY})
    WHERE wanted.click_id = ANY ($1)
    ORDER BY {UNIQUE_KEY}
    FOR KEY SHARE OF held
"""

_LOCK_LATER = f"""
    SELECT wanted.click_id, held.click_id AS held_by
    FROM incoming_unique AS wanted JOIN unique_click AS held USING ({UNIQUE_KEY}, account_id)
    WHERE wanted.click_id = ANY ($1) AND held.click_id > wanted.click_id
    ORDER BY {UNIQUE_KEY}
    FOR NO KEY UPDATE OF held
"""

_HOLDERS = """
    SELECT id, occurred_at, account_id, link_id, campaign_id, creator_id, message_id, slot, contact_id, offer_id,
        sharer_id, visitor_method
    FROM click WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
"""

_TAKE_OVER = """
    WITH moved AS (
        UPDATE unique_click AS held SET click_id = wanted.click_id
        FROM incoming_unique AS wanted
        WHERE wanted.click_id = ANY ($1) AND (held.day, held.subject, held.subject_id, held.visitor_key)
            = (wanted.day, wanted.subject, wanted.subject_id, wanted.visitor_key)
    )
    UPDATE click SET changed_at = now() WHERE id = ANY ($2)
"""


class KeyGoneError(Exception):
    """Another transaction gave a unique up, or deleted a click, between two statements of this one: begin again."""


class TakeOver(NamedTuple):
    lost_by: UUID
    lost_from: DeltaKey
    lost_method: int
    won_by: PreparedClick


class Uniques(NamedTuple):
    first: list[PreparedClick]
    taken_over: list[TakeOver]


async def take_uniques(
    connection: asyncpg.Connection, clicks: Iterable[PreparedClick], zones: dict[int, ZoneInfo]
) -> Uniques:
    """Make these clicks, new in the caller's transaction, holders where they are the first of their key.

    Locks unique rows in the order of their keys, so that transactions wait for each other but never in a circle.
    Raises KeyGoneError, which asks for another transaction.
    """
    earliest = _keep_earliest(clicks)
    if not earliest:
        return Uniques([], [])
    records = [(*click.unique_key, click.account_id, click.click_id) for click in earliest.values()]
    await connection.copy_records_to_table("incoming_unique", records=records, columns=UNIQUE_COLUMNS)
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
    found = await connection.fetch(_LOCK_HELD, list(held))
    if len(found) < len(held):
        raise KeyGoneError
    later = [row["click_id"] for row in found if row["held_by"] > row["click_id"]]
    locked = await connection.fetch(_LOCK_LATER, later) if later else []
    if not locked:
        return []
    holders = await connection.fetch(_HOLDERS, [row["held_by"] for row in locked])
    lost = {row["id"]: (read_delta_key(row, zones[row["account_id"]]), row["visitor_method"]) for row in holders}
    movable = [row for row in locked if row["held_by"] in lost]
    await connection.execute(_TAKE_OVER, [row["click_id"] for row in movable], list(lost))
    return [TakeOver(row["held_by"], *lost[row["held_by"]], candidates[row["click_id"]]) for row in movable]


def read_delta_key(click: Mapping[str, Any], zone: ZoneInfo) -> DeltaKey:
    """Where a stored click is counted: as `prepare_click` says of one that comes in."""
    occurred_at: dt.datetime = click["occurred_at"]
    buckets = find_buckets(round(occurred_at.timestamp() * 1000), zone)
    found = {**click, "hour_at": buckets.hour_at, "day_at": buckets.day_at}
    if click["contact_id"] is not None:
        found["link_id"] = None
    return tuple(found[key] for key in DELTA_KEYS)


def count_unique(deltas: Deltas, key: DeltaKey, method: int, amount: int = 1) -> None:
    """`method` is that of the click that holds it, or held it before."""
    deltas.add(key, UNIQUE, amount)
    counter = _BY_METHOD.get(VisitorMethod(method))
    if counter is not None:
        deltas.add(key, counter, amount)
