"""Reads of the rollups of all links that have a tag now: as of any other subject, in one statement for many."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcome_queries import FoundOutcomes, read_outcome_row
from tracking.reports.outcomes import NO_CURRENCY, OUTCOMES, Dating
from tracking.reports.queries import Counts, TagSubject, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.scopes import COUNTERS, NO_KEY, Grain, Scope
from tracking.reports.series import Bucket

# `tags <> '{}'` says nothing new, and lets the index of tags be used.
_ROWS: Final = f"""
    unnest($2::text[]) AS wanted (tag)
    JOIN link ON link.account_id = $1 AND link.contact_id IS NULL AND link.tags <> '{{{{}}}}'
        AND link.tags @> ARRAY[wanted.tag]
    CROSS JOIN LATERAL (
        SELECT * FROM {{}} WHERE account_id = $1 AND scope = {Scope.LINK} AND first_key = link.id
            AND second_key = {NO_KEY} AND grain = $3 AND bucket >= $4 AND bucket < $5
    ) AS counted
"""
_CLICKS: Final = _ROWS.format("rollup")
_OUTCOMES: Final = _ROWS.format("outcome_rollup")
_COUNTS: Final = ", ".join(f"sum({counter})::bigint AS {counter}" for counter in COUNTERS)
_SUMS: Final = ", ".join(f"sum({outcome}) AS {outcome}" for outcome in OUTCOMES)
_IN_TOTAL: Final = f"'{TOTAL_BUCKET.isoformat()}'::timestamptz AS bucket"
_SHOWN: Final = f"""
    SELECT DISTINCT tag FROM {_OUTCOMES}
    WHERE dating = {Dating.CONVERSION_TIME} AND currency = '{NO_CURRENCY}' AND impressions > 0
"""
_EVERYTHING: Final = (Grain.TOTAL, TOTAL_BUCKET, TOTAL_BUCKET.replace(day=2))


async def read_tag_totals(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[TagSubject], wanted: ReportRange
) -> dict[TagSubject, Counts]:
    """Tags without clicks in the range are left out."""
    statement = f"SELECT tag, {_COUNTS} FROM {_CLICKS} GROUP BY tag"
    rows = await pool.fetch(statement, account_id, _list_tags(subjects), wanted.grain, *find_bounds(wanted))
    return {TagSubject(row["tag"]): read_counts(row) for row in rows}


async def read_tag_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[TagSubject], wanted: ReportRange
) -> dict[TagSubject, list[Bucket]]:
    """The buckets of the range's grain that hold clicks, in order."""
    statement = f"SELECT tag, bucket, {_COUNTS} FROM {_CLICKS} GROUP BY tag, bucket ORDER BY bucket"
    found: dict[TagSubject, list[Bucket]] = {}
    for row in await pool.fetch(statement, account_id, _list_tags(subjects), wanted.grain, *find_bounds(wanted)):
        found.setdefault(TagSubject(row["tag"]), []).append((row["bucket"], read_counts(row)))
    return found


async def read_tag_outcomes(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[TagSubject], wanted: ReportRange
) -> dict[TagSubject, FoundOutcomes]:
    """The sums of each tag in a range."""
    statement = f"SELECT tag, {_IN_TOTAL}, dating, currency, {_SUMS} FROM {_OUTCOMES} GROUP BY tag, dating, currency"
    return await _read(pool, statement, account_id, subjects, wanted)


async def read_tag_outcome_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[TagSubject], wanted: ReportRange
) -> dict[TagSubject, FoundOutcomes]:
    """The buckets of the range's grain that hold outcomes, in order."""
    statement = (
        f"SELECT tag, counted.bucket, dating, currency, {_SUMS} FROM {_OUTCOMES}"
        " GROUP BY tag, counted.bucket, dating, currency ORDER BY counted.bucket"
    )
    return await _read(pool, statement, account_id, subjects, wanted)


async def _read(
    pool: asyncpg.Pool, statement: str, account_id: int, subjects: Sequence[TagSubject], wanted: ReportRange
) -> dict[TagSubject, FoundOutcomes]:
    tags = _list_tags(subjects)
    shown = {row["tag"] for row in await pool.fetch(_SHOWN, account_id, tags, *_EVERYTHING)}
    found = {each: FoundOutcomes([], has_impressions=each.tag in shown) for each in subjects}
    for row in await pool.fetch(statement, account_id, tags, wanted.grain, *find_bounds(wanted)):
        found[TagSubject(row["tag"])].rows.append(read_outcome_row(row))
    return found


def _list_tags(subjects: Sequence[TagSubject]) -> list[str]:
    return list(dict.fromkeys(each.tag for each in subjects))
