"""How many conversions of a link a brand's servers need not prove in an hour. Places are rows, taken once each."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from tracking.conversions.deciding import Decision
from tracking.conversions.kinds import Proof, Status
from tracking.conversions.state import Order, OrderKey
from tracking.conversions.terms import AllTerms
from tracking.database import list_columns

# In the order of its keys, so that two who take places wait for each other and never in a circle (rule 6).
_TAKE: Final = """
    INSERT INTO conversion_cap AS place (link_id, hour_at, taken)
    SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::integer[]) ORDER BY 1, 2
    ON CONFLICT (link_id, hour_at) DO UPDATE SET taken = place.taken + excluded.taken
    RETURNING link_id, hour_at, taken
"""
_NOTE: Final = """
    UPDATE conversion SET is_over_cap = new.is_over_cap
    FROM unnest($1::uuid[], $2::boolean[]) AS new (id, is_over_cap)
    WHERE conversion.id = new.id
"""

_Place = tuple[int, dt.datetime]


async def take_places(
    connection: asyncpg.Connection,
    orders: Sequence[Order],
    decided: Mapping[OrderKey, Mapping[UUID, Decision]],
    terms: AllTerms,
) -> frozenset[UUID]:
    """Those that find no place. A conversion asks once, when it is approved first; a place is not given back."""
    asking: dict[_Place, list[UUID]] = {}
    caps: dict[UUID, int] = {}
    for order in orders:
        for conversion_id, decision in decided[order.key].items():
            if order.rows[conversion_id]["is_over_cap"] is None and _needs_place(decision):
                asking.setdefault(_find_place(decision), []).append(conversion_id)
                caps[conversion_id] = terms.accounts[order.key[0]]["cap_per_link_hour"]
    if not asking:
        return frozenset()
    wanted = [(link_id, hour_at, len(ids)) for (link_id, hour_at), ids in sorted(asking.items())]
    over: dict[UUID, bool] = {}
    for row in await connection.fetch(_TAKE, *list_columns(wanted)):
        ids = asking[row["link_id"], row["hour_at"]]
        first = row["taken"] - len(ids) + 1
        over |= {conversion_id: number > caps[conversion_id] for number, conversion_id in enumerate(ids, first)}
    await connection.execute(_NOTE, list(over), list(over.values()))
    return frozenset(conversion_id for conversion_id, is_over in over.items() if is_over)


def _needs_place(decision: Decision) -> bool:
    standing = decision.standing
    return standing.status is Status.APPROVED and standing.proof is Proof.NONE and standing.labels.link_id is not None


def _find_place(decision: Decision) -> _Place:
    """Where nothing is proven, it happened when the report was received that decides whose it is."""
    occurred_at = decision.standing.occurred_at
    return decision.standing.labels.link_id or 0, occurred_at.replace(minute=0, second=0, microsecond=0)
