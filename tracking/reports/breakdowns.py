"""A subject's counts part by part, sorted and in pages, for any number of subjects in one statement (rule 12).

Parts are read from their own rollups. What the subject has beyond them stands under NONE_KEY, by subtraction, so that
the parts always add up to the subject.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.links.utm import read_utm_value
from tracking.paging import Conditions, Window
from tracking.reports.breakdown_statements import make_of, write_page
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.dimensions import UTM_PARAMETERS, Dimension
from tracking.reports.outcome_queries import FoundOutcomes, OutcomeRow
from tracking.reports.outcomes import Dating
from tracking.reports.parts import PARTS, RAW_UTM, RESTS
from tracking.reports.queries import AnySubject, Counts, TagSubject, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import NO_KEY, Scope

_PARENT: Final = """
    unnest({}::smallint[], {}::bigint[], {}::bigint[], {}::text[])
    WITH ORDINALITY AS parent (scope, first_key, second_key, tag, place)
"""


class Sorting(NamedTuple):
    """`sort_by` is a key of SORT_TYPES. `currency` is whose money is compared, `dating` which outcomes."""

    sort_by: str
    is_descending: bool
    dating: Dating
    currency: str


class BreakdownPage(NamedTuple):
    """Of subjects of one scope, None for tags. With `keys` only those parts."""

    scope: Scope | None
    dimension: Dimension
    wanted: ReportRange
    sorting: Sorting
    window: Window
    keys: tuple[str, ...] | None = None


class BreakdownRow(NamedTuple):
    key: str
    counts: Counts
    outcomes: FoundOutcomes
    sort_key: Any


async def list_breakdowns(
    pool: asyncpg.Pool, account_id: int, page: BreakdownPage, subjects: Sequence[AnySubject]
) -> list[list[BreakdownRow]]:
    """The page of each subject: parts of which the range holds anything, ties in the order of keys."""
    utm = await _read_utm(pool, account_id, page, subjects)
    conditions = Conditions(account_id, page.wanted.grain, *find_bounds(page.wanted))
    rows = await pool.fetch(
        f"""
        SELECT parent.place, page.* FROM {_PARENT.format(*(conditions.bind(keys) for keys in list_keys(subjects)))}
        CROSS JOIN LATERAL ({_write_page(conditions, page, utm)}) AS page
        ORDER BY parent.place, page.rank
        """,
        *conditions.parameters,
    )
    found: list[list[BreakdownRow]] = [[] for _ in subjects]
    for row in rows:
        found[row["place"] - 1].append(BreakdownRow(row["key"], read_counts(row), _read_outcomes(row), row["sort_key"]))
    return found


def list_keys(subjects: Sequence[AnySubject]) -> tuple[list[Any], ...]:
    """In the order of the arrays of _PARENT."""
    rows = [(NO_KEY, NO_KEY, NO_KEY, each.tag) if isinstance(each, TagSubject) else (*each, "") for each in subjects]
    return tuple([row[place] for row in rows] for place in range(4))


async def _read_utm(
    pool: asyncpg.Pool, account_id: int, page: BreakdownPage, subjects: Sequence[AnySubject]
) -> dict[str, str]:
    """What stands in destinations, and what it means."""
    if page.dimension not in UTM_PARAMETERS:
        return {}
    source = RAW_UTM[page.scope, page.dimension]
    parents = _PARENT.format("$2", "$3", "$4", "$5")
    rows = await pool.fetch(
        f"SELECT DISTINCT raw FROM {parents} CROSS JOIN LATERAL ({source}) AS found WHERE raw IS NOT NULL",
        account_id,
        *list_keys(subjects),
    )
    return {row["raw"]: read_utm_value(row["raw"]) for row in rows}


def _write_page(conditions: Conditions, page: BreakdownPage, utm: dict[str, str]) -> str:
    sort_by, is_descending, dating, currency = page.sorting
    kind = (page.scope, page.dimension)
    parts = PARTS[kind]
    if page.dimension in UTM_PARAMETERS:
        parts = parts.format(raw=conditions.bind(list(utm)), told=conditions.bind(list(utm.values())))
    if page.keys is not None:
        conditions.add("key = ANY ({}::text[])", list(page.keys))
    return write_page(
        conditions,
        make_of(page.scope, parts, RESTS.get(kind)),
        sort_by,
        page.window,
        is_descending=is_descending,
        dating=dating,
        currency=currency,
    )


def _read_outcomes(row: Any) -> FoundOutcomes:
    read = [
        OutcomeRow(TOTAL_BUCKET, Dating(dating), currency, tuple(counts))
        for dating, currency, *counts in json.loads(row["outcomes"] or "[]")
    ]
    return FoundOutcomes(read, row["is_shown"])
