"""Who would hold the unique clicks after a correction: the same election as its application holds, of what would be."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg

from tracking.bots.corrections.amounts import add_amounts, make_key
from tracking.bots.corrections.models import CorrectionStatus
from tracking.bots.corrections.progress import hold
from tracking.clicks.elections import Ballot, Holders, elect
from tracking.clicks.prepare import UniqueKey
from tracking.clicks.uniques import UNIQUE_KEY, count_unique
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas

KEYS_AT_ONCE: Final = 500

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
_WOULD_COUNT: Final = """
    is_counted AND NOT EXISTS (
        SELECT FROM correction_click AS meant
        WHERE meant.correction_id = $6 AND meant.click_id = click.id AND NOT is_counted_after
    )
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
        await connection.execute(_SETTLED, correction_id, *_read_key(keys[-1]))
        maybe_crash("before_elected_commit")
        return True


async def _count_moves(connection: asyncpg.Connection, correction_id: int, rows: Sequence[Any]) -> Deltas:
    held: Holders = {_read_key(row): row["held_id"] for row in rows}
    ballots = {
        _read_key(row): Ballot(
            gained=set() if row["gained_id"] is None else {row["gained_id"]},
            lost={row["held_id"]} if row["is_unseated"] else set(),
            contact_id=row["contact_id"],
        )
        for row in rows
    }
    elected = await elect(connection, held, ballots, _WOULD_COUNT, [correction_id])
    moves = [(held[key], elected[key]) for key in held if held[key] != elected[key]]
    movers = [each for move in moves for each in move if each is not None]
    clicks = {row["id"]: row for row in await connection.fetch(_READ, movers)}
    deltas = Deltas()
    for lost_id, won_id in moves:
        if {lost_id, won_id} - {None, *clicks}:
            continue  # not stored any more: such a holder keeps its unit, as nobody can say from where it would move
        for click_id, amount in ((lost_id, -1), (won_id, 1)):
            if click_id is not None:
                count_unique(deltas, make_key(clicks[click_id]), clicks[click_id]["visitor_method"], amount)
    return deltas


def _read_key(row: Any) -> UniqueKey:
    return row["day"], row["subject"], row["subject_id"], row["visitor_key"]
