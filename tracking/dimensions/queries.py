"""Reads of what clicks are told by, for the api: parts of a subject by trait, and up to when they are complete."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import asyncpg

from tracking.dimensions.kinds import TRAITS, Trait
from tracking.events.outbox import CLICK_KINDS
from tracking.paging import Conditions
from tracking.reports.breakdowns import BreakdownPage, BreakdownRow, list_breakdowns, list_keys
from tracking.reports.dimensions import NONE_KEY
from tracking.reports.outcome_queries import NOTHING_FOUND
from tracking.reports.queries import AnySubject, find_bounds, read_counts
from tracking.reports.scopes import COUNTERS, Grain, Scope
from tracking.reports.sort_keys import OF_CLICKS

_SUMS: Final = ", ".join(f"sum({counter}) AS {counter}" for counter in COUNTERS)
_ROWS: Final = (
    "FROM dimension_rollup AS rollup WHERE account_id = $1 AND rollup.scope = parent.scope"
    " AND rollup.first_key = parent.first_key AND rollup.second_key = parent.second_key"
    " AND day_at >= $2 AND day_at < $3"
)
# What is in the whole and in no part is nobody's.
_TOLD: Final = f"""
    SELECT key, {", ".join(f"{counter}::bigint AS {counter}" for counter in COUNTERS)} FROM (
        SELECT key, {_SUMS} FROM (
            SELECT value AS key, {", ".join(COUNTERS)} {_ROWS} AND dimension = $4
            UNION ALL SELECT '{NONE_KEY}', {", ".join(COUNTERS)} {_ROWS} AND dimension = {Trait.EVERYTHING}
            UNION ALL SELECT '{NONE_KEY}', {", ".join(f"-{counter}" for counter in COUNTERS)} {_ROWS} AND dimension = $4
        ) AS rows GROUP BY key
    ) AS summed
    WHERE {" OR ".join(f"{counter} <> 0" for counter in COUNTERS)}
"""
_OLDEST_EVENT: Final = """
    SELECT least(
        (SELECT created_at FROM event_log WHERE position > dimension_state.position AND kind = ANY ($1::smallint[])
            ORDER BY position LIMIT 1),
        (SELECT min(created_at) FROM event_outbox WHERE kind = ANY ($1::smallint[]))
    ) FROM dimension_state
"""
_KNOWS_COUNTRIES: Final = f"""
    SELECT EXISTS (SELECT FROM dimension_rollup WHERE account_id = $1 AND first_key = 0 AND second_key = 0
        AND scope = {Scope.ACCOUNT} AND dimension = {Trait.COUNTRY})
"""


async def list_parts(
    pool: asyncpg.Pool, account_id: int, page: BreakdownPage, subjects: Sequence[AnySubject]
) -> list[list[BreakdownRow]]:
    """The page of each subject, whatever it is broken down by. By traits it is of days, and of clicks alone."""
    if page.dimension not in TRAITS:
        return await list_breakdowns(pool, account_id, page, subjects)
    wanted = page.wanted._replace(grain=Grain.DAY)
    conditions = Conditions(account_id, *find_bounds(wanted), TRAITS[page.dimension])
    given = [conditions.bind(keys) for keys in list_keys(subjects)[:3]]
    if page.keys is not None:
        conditions.add("key = ANY ({}::text[])", list(page.keys))
    sort_key = OF_CLICKS[page.sorting.sort_by]
    cut = conditions.page([sort_key, "key"], page.window, is_descending=page.sorting.is_descending)
    rows = await pool.fetch(
        f"""
        SELECT parent.place, page.* FROM unnest({given[0]}::smallint[], {given[1]}::bigint[], {given[2]}::bigint[])
            WITH ORDINALITY AS parent (scope, first_key, second_key, place)
        CROSS JOIN LATERAL (
            SELECT row_number() OVER () AS rank, sorted.*
            FROM (SELECT told.*, {sort_key} AS sort_key FROM ({_TOLD}) AS told {cut}) AS sorted
        ) AS page
        ORDER BY parent.place, page.rank
        """,
        *conditions.parameters,
    )
    found: list[list[BreakdownRow]] = [[] for _ in subjects]
    for row in rows:
        found[row["place"] - 1].append(BreakdownRow(row["key"], read_counts(row), NOTHING_FOUND, row["sort_key"]))
    return found


async def read_oldest_uncounted(pool: asyncpg.Pool) -> dt.datetime | None:
    """When that was stored which no part by trait tells of yet; None when all of it is counted."""
    at: dt.datetime | None = await pool.fetchval(_OLDEST_EVENT, CLICK_KINDS)
    return at


async def knows_countries(pool: asyncpg.Pool, account_id: int) -> bool:
    """Whether a click of the account ever had a country: only a file that the operator supplies can tell."""
    knows: bool = await pool.fetchval(_KNOWS_COUNTRIES, account_id)
    return knows
