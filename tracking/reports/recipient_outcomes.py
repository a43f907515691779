"""What came of contacts' own links, from their few conversions by index: rollups have no row for each of them."""

from collections.abc import Collection
from typing import Final

import asyncpg

from tracking.conversions.kinds import Status
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.outcome_queries import FoundOutcomes, read_outcome_row
from tracking.reports.outcomes import NO_CURRENCY, Dating

# Of conversions, each joined with its amounts.
COLUMNS: Final = """
        sum(amount.conversions)::bigint AS conversions,
        sum(CASE WHEN click_id IS NULL THEN 0 ELSE amount.conversions END)::bigint AS credited_conversions,
        sum(greatest(amount.value_minor, 0)) AS gross_minor,
        sum(greatest(-amount.value_minor, 0)) AS refunds_minor,
        sum(amount.payout_minor) AS payout_minor,
        0 AS impressions
"""
AMOUNTS: Final = f"""
    CROSS JOIN LATERAL (VALUES
        (CASE WHEN value_minor IS NULL THEN '{NO_CURRENCY}' ELSE value_currency END, is_counted::int,
            coalesce(value_minor, 0), 0),
        (coalesce(payout_currency, '{NO_CURRENCY}'), 0, 0, coalesce(conversion.payout_minor, 0))
    ) AS amount (currency, conversions, value_minor, payout_minor)
    CROSS JOIN unnest(ARRAY[{Dating.CONVERSION_TIME}, {Dating.CLICK_TIME}]) AS dating
"""
_SUMS: Final = f"""
    SELECT link_id, '{TOTAL_BUCKET.isoformat()}'::timestamptz AS bucket, dating, amount.currency, {COLUMNS}
    FROM conversion {AMOUNTS}
    WHERE account_id = $1 AND link_id = ANY ($2::bigint[]) AND status = {Status.APPROVED}
    GROUP BY link_id, dating, amount.currency
"""


async def read_recipient_outcomes(
    pool: asyncpg.Pool, account_id: int, link_ids: Collection[int]
) -> dict[int, FoundOutcomes]:
    """By link. Messages that they were sent with have no impressions of one recipient."""
    found: dict[int, FoundOutcomes] = {}
    for row in await pool.fetch(_SUMS, account_id, list(link_ids)):
        known = found.setdefault(row["link_id"], FoundOutcomes([], has_impressions=False))
        known.rows.append(read_outcome_row(row))
    return found
