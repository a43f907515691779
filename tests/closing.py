"""Statements for tests: periods that are over, closing them, and what reports say of the same days."""

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

import asyncpg
import redis.asyncio

from tracking.exports.kinds.payouts import PAYOUTS
from tracking.exports.layouts import Asked, Cell
from tracking.exports.parameters import ExportParameters, store_parameters
from tracking.reports.fold import fold_all
from tracking.reports.outcome_queries import NOTHING_FOUND, read_outcomes
from tracking.reports.outcomes import Dating
from tracking.reports.queries import Counts, Subject, read_totals
from tracking.reports.ranges import ReportRange, resolve_days
from tracking.reports.scopes import Scope
from tracking.statements.figures import CLICKS, Figures, make_figures
from tracking.statements.queries import StatementContent, find_contents
from tracking.statements.rules import Content, read_content
from tracking.statements.service import Closing, close_statement

DAY: Final = dt.timedelta(days=1)
START: Final = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


def days(first: int, last: int, zone: str = "UTC") -> ReportRange:
    """From one day of March 2026 to another, inclusive."""
    return resolve_days(dt.date(2026, 3, first), dt.date(2026, 3, last), ZoneInfo(zone))


def at_ms(day: int, hour: int = 12) -> int:
    """In UTC."""
    return int((START + (day - 1) * DAY + dt.timedelta(hours=hour)).timestamp() * 1_000)


async def close(
    pool: asyncpg.Pool, client: redis.asyncio.Redis, account_id: int, campaign_id: int, period: ReportRange
) -> Content:
    """What the new statement says, everything folded before."""
    await fold_all(pool)
    statement_id = await close_statement(pool, [client], account_id, Closing(campaign_id, period))
    return read_content((await read_statement(pool, account_id, statement_id)).text)


async def read_statement(pool: asyncpg.Pool, account_id: int, statement_id: int) -> StatementContent:
    return (await find_contents(pool, account_id, [statement_id]))[statement_id]


async def report(
    pool: asyncpg.Pool, account_id: int, campaign_id: int, wanted: ReportRange, creator_id: int | None = None
) -> Figures:
    """What a report says now: of the campaign, or of a creator in it; 0 for what has none."""
    await fold_all(pool)
    subject = Subject(Scope.CAMPAIGN, campaign_id)
    if creator_id is not None:
        subject = Subject(Scope.CAMPAIGN_CREATOR, campaign_id, creator_id)
    counts = (await read_totals(pool, account_id, [subject], wanted)).get(subject, Counts())
    found = (await read_outcomes(pool, account_id, [subject], wanted)).get(subject, NOTHING_FOUND)
    told = found.tell(Dating.CONVERSION_TIME)
    amounts = [(name, "", getattr(counts, counter)) for name, counter in CLICKS.items()]
    amounts += [("conversions", "", told.conversions or 0), ("impressions", "", told.impressions or 0)]
    for currency, worth in told.worth.items():
        amounts.append(("grossValue", currency, worth.gross_minor))
        amounts.append(("refunds", currency, worth.refunds_minor))
        amounts.append(("payout", currency, worth.payout_minor))
    return make_figures(amounts)


async def list_chain(pool: asyncpg.Pool, campaign_id: int) -> list[tuple[str, bytes]]:
    """Content and hash of each, the first one first."""
    rows = await pool.fetch("SELECT content, sha256 FROM statement WHERE campaign_id = $1 ORDER BY number", campaign_id)
    return [(row["content"], bytes(row["sha256"])) for row in rows]


async def read_payouts(
    pool: asyncpg.Pool, account_id: int, campaign_id: int, wanted: ReportRange
) -> dict[tuple[Cell, Cell], tuple[Cell, ...]]:
    """The export of the same period: by creator and currency opening, earned, reversed and closing."""
    parameters = ExportParameters(range_start=wanted.start, range_end=wanted.end, campaign_id=campaign_id)
    asked = Asked(account_id, store_parameters(parameters), wanted.end)
    return {(row[0], row[3]): row[4:] async for row in PAYOUTS.read_rows(pool, asked)}
