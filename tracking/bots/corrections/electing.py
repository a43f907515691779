"""Who would hold the unique clicks after a correction: the same election as its application holds, of what would be."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from tracking.bots.corrections.amounts import add_amounts, make_key
from tracking.bots.corrections.models import CorrectionStatus
from tracking.bots.corrections.progress import hold
from tracking.clicks.ids import lower_bound
from tracking.clicks.prepare import LINK_DAY, MESSAGE_CONTACT
from tracking.clicks.uniques import UNIQUE_KEY, count_unique
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas

KEYS_AT_ONCE: Final = 500

# A calendar day ends within two days of its start in UTC, wherever on Earth it is told.
_DAY_ENDS_AFTER: Final = dt.timedelta(days=2)

# The keys of clicks that would turn, each with the earliest that would come to count, and with its holder.
_KEYS: Final = f"""
    WITH turning AS MATERIALIZED (
        SELECT {UNIQUE_KEY}, (array_agg(click_id ORDER BY click_id) FILTER (WHERE is_counted_after))[1] AS gained_id
        FROM correction_click WHERE correction_id = $1 AND is_counted_after IS NOT NULL
        GROUP BY {UNIQUE_KEY} ORDER BY {UNIQUE_KEY} LIMIT $2
    )
    SELECT turning.*, held.click_id AS held_id, holder.contact_id AS contact_id, EXISTS (
        SELECT FROM correction_click AS meant
        WHERE meant.correction_id = $1 AND meant.click_id = held.click_id AND NOT is_counted_after
    ) AS is_unseated
    FROM turning LEFT JOIN unique_click AS held USING ({UNIQUE_KEY}) LEFT JOIN click AS holder ON holder.id = click_id
    ORDER BY {UNIQUE_KEY}
"""
_STAYS: Final = """
    is_counted AND NOT EXISTS (
        SELECT FROM correction_click AS meant
        WHERE meant.correction_id = $1 AND meant.click_id = click.id AND NOT is_counted_after
    )
"""
_NEXT_OF_DAYS: Final = f"""
    SELECT place, following.id
    FROM unnest($2::bigint[], $3::date[], $4::bigint[], $5::bytea[], $6::uuid[], $7::uuid[])
        AS lost (place, day, subject_id, visitor_key, after_id, before_id)
    CROSS JOIN LATERAL (
        SELECT id FROM click
        WHERE link_id = lost.subject_id AND id > lost.after_id AND id < lost.before_id
            AND click.visitor_key = lost.visitor_key AND visitor_day = lost.day
            AND (contact_id IS NULL OR message_id IS NULL) AND {_STAYS}
        ORDER BY occurred_at, id LIMIT 1
    ) AS following
"""
_NEXT_OF_CONTACTS: Final = f"""
    SELECT place, following.id
    FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $6::uuid[])
        AS lost (place, subject_id, contact_id, visitor_key, after_id)
    CROSS JOIN LATERAL (
        SELECT id FROM click
        WHERE message_id = lost.subject_id AND contact_id = lost.contact_id AND id > lost.after_id
            AND click.visitor_key = lost.visitor_key AND {_STAYS}
        ORDER BY occurred_at, id LIMIT 1
    ) AS following
"""
_READ: Final = "SELECT id, campaign_id, creator_id, visitor_method FROM click WHERE id = ANY ($1)"
# The keys of a batch are the first there are, so all up to the last of them are settled: a range of the index, where a
# list of keys is compared with every row.
_SETTLED: Final = f"""
    UPDATE correction_click SET is_counted_after = NULL
    WHERE correction_id = $1 AND is_counted_after IS NOT NULL AND ({UNIQUE_KEY}) <= ($2, $3, $4, $5)
"""


async def elect_batch(pool: asyncpg.Pool, correction_id: int) -> bool:
    """The uniques of the next so many keys; False when there are no more. A key is settled as a whole, and once."""
    async with pool.acquire() as connection, connection.transaction():
        correction = await hold(connection, correction_id, CorrectionStatus.COMPARING)
        if correction is None or correction.is_undone:
            return False
        keys = await connection.fetch(_KEYS, correction_id, KEYS_AT_ONCE)
        if not keys:
            return False
        await add_amounts(connection, correction_id, await _count_moves(connection, correction_id, keys))
        last = keys[-1]
        key = (last["day"], last["subject"], last["subject_id"], last["visitor_key"])
        await connection.execute(_SETTLED, correction_id, *key)
        maybe_crash("before_elected_commit")
        return True


async def _count_moves(connection: asyncpg.Connection, correction_id: int, keys: Sequence[Any]) -> Deltas:
    following = await _find_following(connection, correction_id, keys)
    moves: list[tuple[UUID | None, UUID | None]] = []
    for place, key in enumerate(keys):
        standing = following.get(place) if key["is_unseated"] else key["held_id"]
        elected = min((each for each in (standing, key["gained_id"]) if each is not None), default=None)
        if elected != key["held_id"]:
            moves.append((key["held_id"], elected))
    movers = [each for move in moves for each in move if each is not None]
    clicks = {row["id"]: row for row in await connection.fetch(_READ, movers)}
    deltas = Deltas()
    for lost_id, won_id in moves:
        if lost_id is not None and lost_id not in clicks:
            continue  # a holder that is not stored any more keeps its unit: nobody can say from where it would move
        for click_id, amount in ((lost_id, -1), (won_id, 1)):
            if click_id is not None:
                count_unique(deltas, make_key(clicks[click_id]), clicks[click_id]["visitor_method"], amount)
    return deltas


async def _find_following(connection: asyncpg.Connection, correction_id: int, keys: Sequence[Any]) -> dict[int, UUID]:
    """The next click after each holder that would not count any more, which would still count; by the key's place."""
    unseated = [(place, key) for place, key in enumerate(keys) if key["is_unseated"]]
    days = [
        (place, key["day"], key["subject_id"], key["visitor_key"], key["held_id"], _end(key["day"]))
        for place, key in unseated
        if key["subject"] == LINK_DAY
    ]
    contacts = [
        (place, key["subject_id"], key["contact_id"], key["visitor_key"], key["held_id"])
        for place, key in unseated
        if key["subject"] == MESSAGE_CONTACT
    ]
    found: dict[int, UUID] = {}
    for statement, rows in ((_NEXT_OF_DAYS, days), (_NEXT_OF_CONTACTS, contacts)):
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            found |= {row["place"]: row["id"] for row in await connection.fetch(statement, correction_id, *columns)}
    return found


def _end(day: dt.date) -> UUID:
    return lower_bound(dt.datetime.combine(day, dt.time(), dt.UTC) + _DAY_ENDS_AFTER)
