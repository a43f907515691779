"""The statement of a page of parts, in two forms that answer alike.

Sorted by what outcomes say, those of all parts are added up first. Sorted by clicks, the page is cut first, so that
outcomes are read of the parts on it, and of the parts without any clicks, which may be parts all the same.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tracking.paging import Conditions, Window
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.dimensions import NONE_KEY
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.scopes import COUNTERS, NO_KEY, Grain, Scope
from tracking.reports.sort_keys import CONVERSION_RATE, OF_CLICKS, clamp

_IN_RANGE: Final = "grain = $2 AND bucket >= $3 AND bucket < $4"
_EVER: Final = (
    f"grain = {Grain.TOTAL} AND dating = {Dating.CONVERSION_TIME} AND currency = '{NO_CURRENCY}'"
    f" AND bucket = '{TOTAL_BUCKET.isoformat()}'::timestamptz"
)
_KINDS: Final = ("dating", "currency")


def _clamp_sum(total: str) -> str:
    return clamp(f"coalesce({total}, 0)")


def _write_worth(amount: str) -> str:
    """By one currency and the dating that is asked for."""
    return _clamp_sum(f"sum({amount}) FILTER (WHERE dating = {{dating}} AND currency = {{currency}})")


# Of the columns of `told`; `{…}` are placeholders of parameters.
_OF_OUTCOMES: Final[dict[str, str]] = {
    "CONVERSIONS": _clamp_sum("sum(conversions) FILTER (WHERE dating = {dating})"),
    "GROSS_VALUE": _write_worth("gross_minor"),
    "REFUNDS": _write_worth("refunds_minor"),
    "NET_VALUE": _write_worth("gross_minor - refunds_minor"),
    "PAYOUT": _write_worth("payout_minor"),
    "IMPRESSIONS": _clamp_sum(f"sum(impressions) FILTER (WHERE dating = {Dating.CONVERSION_TIME})"),
}
SORT_TYPES: Final[dict[str, type]] = {
    name: float if name.endswith("_RATE") else int for name in (*OF_CLICKS, "CONVERSION_RATE", *_OF_OUTCOMES)
}

_OF_KEYS: Final = (
    "account_id = $1 AND rollup.scope = {0}.scope AND rollup.first_key = {0}.first_key"
    " AND rollup.second_key = {0}.second_key"
)
_IS_COUNTED: Final = " OR ".join(f"{counter} <> 0" for counter in COUNTERS)
_IS_WORTH: Final = " OR ".join(f"{outcome} <> 0" for outcome in OUTCOMES)
_WORTH: Final = f"json_agg(json_build_array(dating, currency, {', '.join(OUTCOMES)}))"


def _add(sums: Sequence[str]) -> str:
    return ", ".join(f"sum({each}) AS {each}" for each in sums)


def _negate(sums: Sequence[str]) -> str:
    return ", ".join(f"-{each}" for each in sums)


def _write_sums(name: str, table: str, sums: Sequence[str], kinds: Sequence[str], condition: str) -> str:
    """Two tables: `<name>_of_parts`, and `<name>`, by key, with what no part has."""
    kept = "".join(f", {kind}" for kind in kinds)
    plain = ", ".join(sums)
    grouped = f"GROUP BY {', '.join(kinds)}" if kinds else ""
    return f"""
        {name}_of_parts AS MATERIALIZED (
            SELECT part.keys{kept}, {_add(sums)} FROM part
            CROSS JOIN LATERAL (
                SELECT {", ".join((*kinds, _add(sums)))} FROM {table} AS rollup
                WHERE {_OF_KEYS.format("part")} AND {condition} {grouped}
            ) AS counted
            GROUP BY part.keys{kept}
        ),
        {name} AS MATERIALIZED (
            SELECT key{kept}, {_add(sums)} FROM (
                SELECT unnest(CASE cardinality(keys) WHEN 0 THEN ARRAY['{NONE_KEY}'] ELSE keys END) AS key{kept},
                    {plain}
                FROM {name}_of_parts
                UNION ALL SELECT '{NONE_KEY}'{kept}, {_negate(sums)} FROM {name}_of_parts
                UNION ALL SELECT '{NONE_KEY}'{kept}, {plain} FROM ({{whole}}) AS whole
                JOIN {table} AS rollup ON {_OF_KEYS.format("whole")} AND {condition}
            ) AS rows
            GROUP BY key{kept}
        )
    """


def _write_some(name: str, source: str, sums: Sequence[str], kinds: Sequence[str], condition: str) -> str:
    """Outcomes of the named parts in `source`, by key."""
    kept = "".join(f", {kind}" for kind in kinds)
    grouped = f"GROUP BY {', '.join(kinds)}" if kinds else ""
    return f"""
        {name} AS MATERIALIZED (
            SELECT part.key{kept}, {_add(sums)} FROM {source} AS part
            CROSS JOIN LATERAL (
                SELECT {", ".join((*kinds, _add(sums)))} FROM outcome_rollup AS rollup
                WHERE {_OF_KEYS.format("part")} AND {condition} {grouped}
            ) AS counted
            GROUP BY part.key{kept}
        )
    """


def _write_none(name: str, sums: Sequence[str], kinds: Sequence[str], condition: str) -> str:
    """Outcomes of what no part has: read only where it is looked at.

    Of a row of its own, where there is one, and the parts that are told with it; else what other parts leave.
    """
    kept = "".join(f", {kind}" for kind in kinds)
    of_whole = f"SELECT {', '.join((*kinds, *sums))} FROM outcome_rollup AS rollup WHERE {{0}} AND {condition}"
    grouped = f"GROUP BY {', '.join(kinds)}" if kinds else ""
    return f"""
        {name} AS MATERIALIZED (
            SELECT '{NONE_KEY}'::text AS key{kept}, {_add(sums)} FROM (SELECT {{rest}}) AS rest CROSS JOIN LATERAL (
                {of_whole.format(_OF_KEYS.format("rest"))}
                UNION ALL SELECT {", ".join((*kinds, *(f"rest.sign * {each}" for each in sums)))} FROM (
                    SELECT * FROM part WHERE (keys <@ ARRAY['{NONE_KEY}']) = (rest.sign > 0)
                ) AS part
                CROSS JOIN LATERAL ({of_whole.format(_OF_KEYS.format("part"))}) AS counted
            ) AS rows {grouped}
        )
    """


_PART: Final = "part AS MATERIALIZED (SELECT * FROM ({parts}) AS listed (scope, first_key, second_key, keys))"
_CLICKS: Final = _write_sums("clicks", "rollup", COUNTERS, (), _IN_RANGE)
_COUNTS: Final = ", ".join(f"coalesce({counter}, 0)::bigint AS {counter}" for counter in COUNTERS)

_BY_OUTCOMES: Final = f"""
    WITH {_PART},
    {_CLICKS},
    {_write_sums("outcomes", "outcome_rollup", OUTCOMES, _KINDS, _IN_RANGE)},
    {_write_sums("ever", "outcome_rollup", ("impressions",), (), _EVER)},
    worth AS (
        SELECT key, coalesce(bool_or({_IS_WORTH}), false) AS is_something,
            coalesce(sum(credited_conversions) FILTER (WHERE dating = {Dating.CLICK_TIME}), 0) AS of_clicks,
            {{outcome_key}} AS outcome_key, {_WORTH} AS outcomes
        FROM outcomes GROUP BY key
    ),
    told AS (
        SELECT key, {_COUNTS}, coalesce(of_clicks, 0) AS of_clicks, coalesce(outcome_key, 0) AS outcome_key,
            coalesce(is_something, false) AS is_something, outcomes, coalesce(ever.impressions > 0, false) AS is_shown
        FROM clicks FULL JOIN worth USING (key) LEFT JOIN ever USING (key)
    )
    SELECT row_number() OVER () AS rank, sorted.* FROM (
        SELECT *, {{sort_key}} AS sort_key FROM told
        {{page}}
    ) AS sorted
"""
_BY_CLICKS: Final = f"""
    WITH {_PART},
    {_CLICKS},
    named AS MATERIALIZED (
        SELECT unnest(keys) AS key, scope, first_key, second_key FROM part WHERE NOT keys <@ ARRAY['{NONE_KEY}']
    ),
    busy AS MATERIALIZED (SELECT key, {_COUNTS} FROM clicks WHERE {_IS_COUNTED}),
    {_write_none("of_none", OUTCOMES, _KINDS, _IN_RANGE)},
    {_write_none("ever_of_none", ("impressions",), (), _EVER)},
    {_write_some("of_idle", "(SELECT * FROM named WHERE NOT EXISTS (SELECT FROM busy WHERE busy.key = named.key))",
                 OUTCOMES, _KINDS, _IN_RANGE)},
    told AS (
        SELECT * FROM busy
        UNION ALL SELECT key, {", ".join("0::bigint" for _ in COUNTERS)} FROM (
            SELECT * FROM of_idle
            UNION ALL SELECT * FROM of_none WHERE NOT EXISTS (SELECT FROM busy WHERE busy.key = '{NONE_KEY}')
        ) AS idle
        GROUP BY key HAVING bool_or({_IS_WORTH})
    ),
    page AS MATERIALIZED (
        SELECT row_number() OVER () AS rank, sorted.* FROM (
            SELECT *, {{sort_key}} AS sort_key FROM told
            {{page}}
        ) AS sorted
    ),
    shown AS MATERIALIZED (SELECT named.* FROM named JOIN page USING (key)),
    {_write_some("of_shown", "shown", OUTCOMES, _KINDS, _IN_RANGE)},
    {_write_some("ever_of_shown", "shown", ("impressions",), (), _EVER)},
    has_none AS MATERIALIZED (SELECT FROM page WHERE key = '{NONE_KEY}'),
    worth AS (
        SELECT key, {_WORTH} AS outcomes FROM (
            SELECT * FROM of_shown UNION ALL SELECT * FROM of_none WHERE EXISTS (SELECT FROM has_none)
        ) AS rows
        GROUP BY key
    ),
    ever AS (
        SELECT * FROM ever_of_shown UNION ALL SELECT * FROM ever_of_none WHERE EXISTS (SELECT FROM has_none)
    )
    SELECT page.*, worth.outcomes, coalesce(ever.impressions > 0, false) AS is_shown
    FROM page LEFT JOIN worth USING (key) LEFT JOIN ever USING (key)
"""  # fmt: skip


class MadeOf(NamedTuple):
    """`parts` as in `tracking.reports.parts`, `whole` what they add up to, and `rest` a row that no part has: with
    sign 1 it is under NONE_KEY itself, with -1 what is left of it by the parts.
    """

    parts: str
    whole: str
    rest: str


def make_of(scope: Scope | None, parts: str, rest: Scope | None) -> MadeOf:
    """Without a scope the parts are the whole. The scope of `rest` has a row under NO_KEY for what no part has."""
    parent = "parent.scope, parent.first_key, parent.second_key"
    if scope is not None and rest is None:
        return MadeOf(parts, f"SELECT {parent}", f"{parent}, -1 AS sign")
    row = f"{rest or 0} AS scope, {NO_KEY}::bigint AS first_key, {NO_KEY}::bigint AS second_key, 1 AS sign"
    return MadeOf(parts, f"SELECT {parent}" if scope else "SELECT * FROM part", row)


def write_page(
    conditions: Conditions,
    made_of: MadeOf,
    sort_by: str,
    window: Window,
    *,
    is_descending: bool,
    dating: Dating,
    currency: str,
) -> str:
    """Rows with key, rank, counters, sort_key, outcomes and is_shown; the statement refers to a `parent`."""
    if sort_by in OF_CLICKS:
        sort_key = OF_CLICKS[sort_by]
        page = conditions.page([sort_key, "key"], window, is_descending=is_descending)
        return _BY_CLICKS.format(**made_of._asdict(), sort_key=sort_key, page=page)
    outcome_key = _OF_OUTCOMES.get(sort_by, "0").replace("{dating}", str(dating.value))
    if "{currency}" in outcome_key:
        outcome_key = outcome_key.replace("{currency}", conditions.bind(currency))
    sort_key = CONVERSION_RATE if sort_by == "CONVERSION_RATE" else "outcome_key"
    conditions.require(f"(is_something OR {_IS_COUNTED})")
    page = conditions.page([sort_key, "key"], window, is_descending=is_descending)
    return _BY_OUTCOMES.format(**made_of._asdict(), outcome_key=outcome_key, sort_key=sort_key, page=page)
