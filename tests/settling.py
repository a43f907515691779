"""What tests of matching start from: clicks, reports that name them, how they stand, and what that adds up to."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from tests.clicking import make_event, store
from tests.converting import make_report
from tracking.clicks.event import ClickEvent
from tracking.clicks.ids import read_click_ms
from tracking.conversions.event import ConversionEvent, find_conversion_id
from tracking.conversions.kinds import EntryCause, Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.rechecking import recheck_due
from tracking.conversions.store import StoredConversions, store_conversions

DAY: Final = dt.timedelta(days=1)


async def convert(pool: asyncpg.Pool, *reports: ConversionEvent, backfill: bool = True) -> StoredConversions:
    return await store_conversions(pool, reports, backfill=backfill)


async def click(pool: asyncpg.Pool, account_id: int, **changes: Any) -> ClickEvent:
    """A stored click; see `make_event`."""
    event = make_event(account_id, **changes)
    await store(pool, event, backfill=True)
    return event


def report_click(clicked: ClickEvent, /, **changes: Any) -> ConversionEvent:
    """A browser's report of a sale that names this click, a minute after it."""
    given: dict[str, Any] = {
        "source": Source.SNIPPET,
        "proof": Proof.NONE,
        "click_ids": [clicked.click_id],
        "received_at_ms": read_click_ms(clicked.click_id) + 60_000,
        **changes,
    }
    return make_report(given.pop("account_id", clicked.account_id), **given)


def find_id(event: ConversionEvent) -> UUID:
    return UUID(bytes=find_conversion_id(event.account_id, event.order_key, event.event, event.part))


async def look_again(pool: asyncpg.Pool) -> int:
    """As if the time of every recheck had come."""
    await pool.execute("UPDATE conversion SET recheck_at = now() - interval '1 minute' WHERE recheck_at IS NOT NULL")
    return await recheck_due(pool)


async def read_conversion(pool: asyncpg.Pool, event: ConversionEvent) -> asyncpg.Record:
    return await pool.fetchrow("SELECT * FROM conversion WHERE id = $1", find_id(event))


async def read_standing(pool: asyncpg.Pool, event: ConversionEvent) -> tuple[Status, StandingReason, Method, Trust]:
    row = await read_conversion(pool, event)
    return Status(row["status"]), StandingReason(row["reason"]), Method(row["method"]), Trust(row["trust"])


async def list_causes(pool: asyncpg.Pool, event: ConversionEvent) -> list[EntryCause]:
    """Of its entries, the first one first."""
    rows = await pool.fetch(
        "SELECT cause FROM conversion_entry WHERE conversion_id = $1 ORDER BY entry", find_id(event)
    )
    return [EntryCause(row["cause"]) for row in rows]


async def read_figures(pool: asyncpg.Pool, dating: int = 1) -> dict[str, int]:
    """The sums of all outcomes that are not folded yet, without those that are zero."""
    names = ("conversions", "credited_conversions", "gross_minor", "refunds_minor", "payout_minor")
    sums = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in names)
    row = await pool.fetchrow(f"SELECT {sums} FROM outcome_delta WHERE dating = $1", dating)
    return {name: row[name] for name in names if row[name]}


async def read_everything(pool: asyncpg.Pool) -> list[tuple[Any, ...]]:
    """How everything stands and what it adds up to, without what may differ: numbers, places under caps, and when
    it was written.
    """
    left_out = {"number", "entry", "recorded_at", "recheck_at", "is_over_cap"}
    rows = await pool.fetch("SELECT * FROM conversion WHERE reason <> $1 ORDER BY id", StandingReason.SUPERSEDED)
    standings = [tuple(value for name, value in row.items() if name not in left_out) for row in rows]
    keys = "account_id, link_id, creator_id, campaign_id, offer_id, hour_at, day_at, dating, currency"
    figures = await pool.fetch(
        f"SELECT {keys}, sum(conversions), sum(credited_conversions), sum(gross_minor), sum(refunds_minor),"
        f" sum(payout_minor) FROM outcome_delta GROUP BY {keys}"
        " HAVING sum(conversions) <> 0 OR sum(gross_minor) <> 0 OR sum(refunds_minor) <> 0 OR sum(payout_minor) <> 0"
        f" ORDER BY {keys}"
    )
    return [*standings, *(tuple(row) for row in figures)]


def take_out(report: ConversionEvent, event: str, part: str, revenue: str, **changes: Any) -> ConversionEvent:
    """A correction of the same order, which a server reports."""
    return make_report(
        report.account_id, event=event, txn_id=report.txn_id, part=part, revenue=revenue, currency="", **changes
    )


def list_statuses(rows: Sequence[asyncpg.Record]) -> list[Status]:
    return [Status(row["status"]) for row in rows]
