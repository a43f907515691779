"""Payouts by creator and currency for a period. From the ledger, so that it proves what rollups and statements say."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Final

import asyncpg

from tracking.conversions.kinds import Status
from tracking.exports.kinds.ranges import find_range
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import stream_rows
from tracking.money import write_amount
from tracking.reports.dimensions import NONE_KEY
from tracking.reports.queries import find_bounds
from tracking.reports.ranges import ReportRange

# What is approved now, dated by itself, as in reports by CONVERSION_TIME.
_EARNED: Final = f"""
    account_id = $1 AND status = {Status.APPROVED} AND payout_minor <> 0 AND occurred_at < $2
    AND ($3::bigint IS NULL OR campaign_id = $3) AND ($4::bigint IS NULL OR creator_id = $4)
"""
_PAYOUTS: Final = f"""
    WITH earned AS (
        SELECT creator_id, payout_currency AS currency,
            coalesce(sum(payout_minor) FILTER (WHERE occurred_at < $5), 0) AS opening,
            coalesce(sum(payout_minor) FILTER (WHERE occurred_at >= $5 AND payout_minor > 0), 0) AS earned,
            -coalesce(sum(payout_minor) FILTER (WHERE occurred_at >= $5 AND payout_minor < 0), 0) AS reversed
        FROM conversion WHERE {_EARNED} GROUP BY creator_id, payout_currency
    )
    SELECT earned.*, creator.handle, creator.name, creator.external_id
    FROM earned LEFT JOIN creator ON creator.id = earned.creator_id
    WHERE opening <> 0 OR earned <> 0 OR reversed <> 0
    ORDER BY lower(creator.handle) NULLS LAST, currency
"""
_COUNT: Final = f"SELECT count(DISTINCT (creator_id, payout_currency)) FROM conversion WHERE {_EARNED}"

_COLUMNS: Final = (
    Column("creator", str, f"The creator's handle; {NONE_KEY} for payouts that belong to no creator."),
    Column("creator_name", str, "The creator's name."),
    Column("creator_external_id", str, "The creator's id at the brand."),
    Column("currency", str, "ISO 4217. Each currency has a row of its own: they are never added together."),
    Column("opening", Decimal, "Earned less reversed, of all time before the period."),
    Column("earned", Decimal, "Payout of approved conversions that happened in the period."),
    Column("reversed", Decimal, "Payout that refunds and chargebacks of the period took back; positive."),
    Column("closing", Decimal, "opening + earned - reversed."),
)


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    wanted = await find_range(pool, asked)
    start, _ = find_bounds(wanted)
    async for row in stream_rows(pool, _PAYOUTS, *_bind(asked, wanted), start):
        currency = row["currency"]
        opening, earned, taken_back = (int(row[name]) for name in ("opening", "earned", "reversed"))
        amounts = (opening, earned, taken_back, opening + earned - taken_back)
        whose = (row["handle"] or NONE_KEY, row["name"], row["external_id"])
        yield (*whose, currency, *(write_amount(minor, currency) for minor in amounts))


async def _estimate_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    count: int = await pool.fetchval(_COUNT, *_bind(asked, await find_range(pool, asked)))
    return count


def _bind(asked: Asked, wanted: ReportRange) -> tuple[object, ...]:
    """Account, end, campaign and creator."""
    parameters = read_parameters(asked.parameters)
    return asked.account_id, wanted.end, parameters.campaign_id, parameters.creator_id


PAYOUTS: Final = Layout(
    ExportKind.PAYOUTS,
    "What was earned and taken back in a period, by creator and currency, with what stood before and after.",
    _COLUMNS,
    _read_rows,
    _estimate_rows,
    takes=frozenset({"range", "campaign_id", "creator_id"}),
)
