"""A subject's counts part by part, sorted and in pages, for any number of subjects in one statement (rule 12).

Parts are read from their own rollups. What the subject has beyond them stands under NONE_KEY, by subtraction, so that
the parts always add up to the subject.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import asyncpg

from tracking.paging import Conditions, Window
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.dimensions import NONE_KEY, PARTS, Dimension
from tracking.reports.outcome_queries import FoundOutcomes, OutcomeRow
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.queries import Counts, Subject, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import COUNTERS, Grain, Scope

_IN_RANGE: Final = "grain = $2 AND bucket >= $3 AND bucket < $4"
_EVER: Final = (
    f"grain = {Grain.TOTAL} AND dating = {Dating.CONVERSION_TIME} AND currency = '{NO_CURRENCY}'"
    f" AND bucket = '{TOTAL_BUCKET.isoformat()}'::timestamptz"
)
_BIGINT: Final = 2**63 - 1  # sums of money have no bound; beyond it they are alike to who sorts


def _clamp(total: str) -> str:
    return f"least(greatest(coalesce({total}, 0), -{_BIGINT}), {_BIGINT})::bigint"


def _write_worth(amount: str) -> str:
    """By one currency and the dating that is asked for."""
    return _clamp(f"sum({amount}) FILTER (WHERE dating = {{dating}} AND currency = {{currency}})")


# Of the columns of `told`; `{…}` are placeholders of parameters.
_ALL_CLICKS: Final = f"({' + '.join(COUNTERS[:6])})"
_OF_CLICKS: Final[dict[str, str]] = {
    "TOTAL_CLICKS": _ALL_CLICKS,
    **{counter.upper(): counter for counter in COUNTERS[:8]},
    "REPEAT_CLICKS": "(counted_clicks - unique_clicks)",
    "BOT_RATE": f"coalesce(bot_clicks::float8 / nullif({_ALL_CLICKS}, 0), -1)",
    "CONVERSION_RATE": "coalesce(of_clicks::float8 / nullif(unique_clicks, 0), -1)",
}
_OF_OUTCOMES: Final[dict[str, str]] = {
    "CONVERSIONS": _clamp("sum(conversions) FILTER (WHERE dating = {dating})"),
    "GROSS_VALUE": _write_worth("gross_minor"),
    "REFUNDS": _write_worth("refunds_minor"),
    "NET_VALUE": _write_worth("gross_minor - refunds_minor"),
    "PAYOUT": _write_worth("payout_minor"),
    "IMPRESSIONS": _clamp(f"sum(impressions) FILTER (WHERE dating = {Dating.CONVERSION_TIME})"),
}
SORT_TYPES: Final[dict[str, type]] = {
    name: float if name.endswith("_RATE") else int for name in (*_OF_CLICKS, *_OF_OUTCOMES)
}


def _write_sums(name: str, table: str, sums: Sequence[str], kinds: Sequence[str], condition: str) -> str:
    """Two tables: `<name>_of_parts`, and `<name>`, by key, with what no part has."""
    added = ", ".join(f"sum({each}) AS {each}" for each in sums)
    kept = "".join(f", {kind}" for kind in kinds)
    plain, negative = ", ".join(sums), ", ".join(f"-{each}" for each in sums)
    grouped = f"GROUP BY {', '.join(kinds)}" if kinds else ""
    of_keys = (
        "account_id = $1 AND rollup.scope = {0}.scope AND rollup.first_key = {0}.first_key"
        " AND rollup.second_key = {0}.second_key"
    )
    return f"""
        {name}_of_parts AS MATERIALIZED (
            SELECT part.keys{kept}, {added} FROM part
            CROSS JOIN LATERAL (
                SELECT {", ".join((*kinds, added))} FROM {table} AS rollup
                WHERE {of_keys.format("part")} AND {condition} {grouped}
            ) AS counted
            GROUP BY part.keys{kept}
        ),
        {name} AS MATERIALIZED (
            SELECT key{kept}, {added} FROM (
                SELECT unnest(CASE cardinality(keys) WHEN 0 THEN ARRAY['{NONE_KEY}'] ELSE keys END) AS key{kept},
                    {plain}
                FROM {name}_of_parts
                UNION ALL SELECT '{NONE_KEY}'{kept}, {negative} FROM {name}_of_parts
                UNION ALL SELECT '{NONE_KEY}'{kept}, {plain} FROM {table} AS rollup
                WHERE {of_keys.format("parent")} AND {condition}
            ) AS rows
            GROUP BY key{kept}
        )
    """


_BREAKDOWN: Final = f"""
    WITH part AS MATERIALIZED (SELECT * FROM ({{parts}}) AS listed (scope, first_key, second_key, keys)),
    {_write_sums("clicks", "rollup", COUNTERS, (), _IN_RANGE)},
    {_write_sums("outcomes", "outcome_rollup", OUTCOMES, ("dating", "currency"), _IN_RANGE)},
    {_write_sums("ever", "outcome_rollup", ("impressions",), (), _EVER)},
    worth AS (
        SELECT key, coalesce(bool_or({" OR ".join(f"{outcome} <> 0" for outcome in OUTCOMES)}), false) AS is_something,
            coalesce(sum(credited_conversions) FILTER (WHERE dating = {Dating.CLICK_TIME}), 0) AS of_clicks,
            {{outcome_key}} AS outcome_key,
            json_agg(json_build_array(dating, currency, {", ".join(OUTCOMES)})) AS outcomes
        FROM outcomes GROUP BY key
    ),
    told AS (
        SELECT key, {", ".join(f"coalesce({counter}, 0)::bigint AS {counter}" for counter in COUNTERS)},
            coalesce(of_clicks, 0) AS of_clicks, coalesce(outcome_key, 0) AS outcome_key,
            coalesce(is_something, false) AS is_something, outcomes, coalesce(ever.impressions > 0, false) AS is_shown
        FROM clicks FULL JOIN worth USING (key) LEFT JOIN ever USING (key)
    )
    SELECT *, {{sort_key}} AS sort_key FROM told
"""
_IS_SOMETHING: Final = f"(is_something OR {' OR '.join(f'{counter} <> 0' for counter in COUNTERS)})"


class Sorting(NamedTuple):
    """`sort_by` is a key of SORT_TYPES. `currency` is whose money is compared, `dating` which outcomes."""

    sort_by: str
    is_descending: bool
    dating: Dating
    currency: str


class BreakdownPage(NamedTuple):
    """Of subjects of one scope. With `keys` only those parts."""

    scope: Scope
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
    pool: asyncpg.Pool, account_id: int, page: BreakdownPage, subjects: Sequence[Subject]
) -> list[list[BreakdownRow]]:
    """The page of each subject: parts of which the range holds anything, ties in the order of keys."""
    conditions = Conditions(account_id, page.wanted.grain, *find_bounds(page.wanted))
    firsts = conditions.bind([subject.first_key for subject in subjects])
    seconds = conditions.bind([subject.second_key for subject in subjects])
    rows = await pool.fetch(
        f"""
        SELECT parent.place, page.* FROM
            unnest({firsts}::bigint[], {seconds}::bigint[]) WITH ORDINALITY AS given (first_key, second_key, place)
        CROSS JOIN LATERAL (SELECT {page.scope} AS scope, given.*) AS parent
        CROSS JOIN LATERAL (
            SELECT row_number() OVER () AS rank, sorted.* FROM ({_write_page(conditions, page)}) AS sorted
        ) AS page
        ORDER BY parent.place, page.rank
        """,
        *conditions.parameters,
    )
    found: list[list[BreakdownRow]] = [[] for _ in subjects]
    for row in rows:
        found[row["place"] - 1].append(BreakdownRow(row["key"], read_counts(row), _read_outcomes(row), row["sort_key"]))
    return found


def _write_page(conditions: Conditions, page: BreakdownPage) -> str:
    sort_by, is_descending, dating, currency = page.sorting
    outcome_key = _OF_OUTCOMES.get(sort_by, "0").replace("{dating}", str(dating.value))
    if "{currency}" in outcome_key:
        outcome_key = outcome_key.replace("{currency}", conditions.bind(currency))
    sort_key = _OF_CLICKS.get(sort_by, "outcome_key")
    conditions.require(_IS_SOMETHING)
    if page.keys is not None:
        conditions.add("key = ANY ({}::text[])", list(page.keys))
    return _BREAKDOWN.format(
        parts=PARTS[page.scope, page.dimension], outcome_key=outcome_key, sort_key=sort_key
    ) + conditions.page([sort_key, "key"], page.window, is_descending=is_descending)


def _read_outcomes(row: Any) -> FoundOutcomes:
    read = [
        OutcomeRow(TOTAL_BUCKET, Dating(dating), currency, tuple(counts))
        for dating, currency, *counts in json.loads(row["outcomes"] or "[]")
    ]
    return FoundOutcomes(read, row["is_shown"])
