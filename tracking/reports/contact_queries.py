"""Reads of contacts in a range: rollups know their totals alone, so their few clicks are counted by index."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from tracking.clock import write_ms
from tracking.conversions.kinds import Status
from tracking.links.recipient_totals import COLUMNS as COUNTS
from tracking.links.recipient_totals import HELD
from tracking.reports.buckets import TOTAL_BUCKET, find_buckets
from tracking.reports.outcome_queries import FoundOutcomes, OutcomeRow, read_outcome_row
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Counts, Subject, add_counts, find_bounds, read_counts
from tracking.reports.ranges import ReportRange
from tracking.reports.recipient_outcomes import AMOUNTS
from tracking.reports.recipient_outcomes import COLUMNS as SUMS
from tracking.reports.scopes import Grain, Scope
from tracking.reports.series import Bucket

_LINKS: Final = "link JOIN account ON account.id = link.account_id"
_OF_CONTACTS: Final = "link.account_id = $1 AND link.contact_id = ANY ($2::bigint[])"
_CLICKS: Final = f"""
    SELECT link.contact_id, click.occurred_at AS at, account.timezone, {COUNTS}
    FROM {_LINKS} JOIN click ON click.link_id = link.id {HELD}
    WHERE {_OF_CONTACTS} AND click.occurred_at >= $3 AND click.occurred_at < $4
    GROUP BY link.contact_id, click.occurred_at, account.timezone ORDER BY at
"""
_MOMENT: Final = f"CASE dating WHEN {Dating.CLICK_TIME} THEN coalesce(clicked_at, occurred_at) ELSE occurred_at END"
_OUTCOMES: Final = f"""
    SELECT contact_id, at, at AS bucket, timezone, dating, currency, {SUMS.replace("amount.", "")}
    FROM (
        SELECT link.contact_id, {_MOMENT} AS at, account.timezone, dating, click_id, amount.*
        FROM {_LINKS} JOIN conversion ON conversion.link_id = link.id AND conversion.account_id = link.account_id
        {AMOUNTS}
        WHERE {_OF_CONTACTS} AND status = {Status.APPROVED}
    ) AS dated
    WHERE at >= $3 AND at < $4
    GROUP BY contact_id, at, timezone, dating, currency ORDER BY at
"""


async def read_contact_totals(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[Subject], wanted: ReportRange
) -> dict[Subject, Counts]:
    """Of the clicks that are still stored. Who has none in the range is left out."""
    found = await read_contact_buckets(pool, account_id, subjects, wanted)
    return {subject: add_counts(counts for _, counts in buckets) for subject, buckets in found.items()}


async def read_contact_buckets(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[Subject], wanted: ReportRange
) -> dict[Subject, list[Bucket]]:
    """The buckets of the range's grain that hold clicks, in order."""
    found: dict[Subject, dict[dt.datetime, Counts]] = {}
    for row in await pool.fetch(_CLICKS, account_id, _list_ids(subjects), *find_bounds(wanted)):
        buckets = found.setdefault(Subject(Scope.CONTACT, row["contact_id"]), {})
        at = _find_bucket(row, wanted)
        buckets[at] = add_counts([buckets.get(at, Counts()), read_counts(row)])
    return {subject: list(buckets.items()) for subject, buckets in found.items()}


async def read_contact_outcomes(
    pool: asyncpg.Pool, account_id: int, subjects: Sequence[Subject], wanted: ReportRange
) -> dict[Subject, FoundOutcomes]:
    """By bucket, in order; of what is approved now."""
    found: dict[Subject, FoundOutcomes] = {}
    for row in await pool.fetch(_OUTCOMES, account_id, _list_ids(subjects), *find_bounds(wanted)):
        subject = Subject(Scope.CONTACT, row["contact_id"])
        known = found.setdefault(subject, FoundOutcomes([], has_impressions=False))
        told: OutcomeRow = read_outcome_row(row)
        known.rows.append(told._replace(bucket=_find_bucket(row, wanted)))
    return found


def _find_bucket(row: Any, wanted: ReportRange) -> dt.datetime:
    if wanted.grain is Grain.TOTAL:
        return TOTAL_BUCKET
    buckets = find_buckets(write_ms(row["at"]), ZoneInfo(row["timezone"]))
    return buckets.hour_at if wanted.grain is Grain.HOUR else buckets.day_at


def _list_ids(subjects: Sequence[Subject]) -> list[int]:
    return list(dict.fromkeys(each.first_key for each in subjects))
