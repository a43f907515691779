"""Reads of the ledger of conversions: what was reported of each, how it stood since, and the receipt it has."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.conversions.kinds import EntryCause, Method, Proof, Source, StandingReason, Status, Trust
from tracking.conversions.receipts import Receipt, read_receipt
from tracking.paging import Conditions, Window

MAX_REPORTS: Final = 100  # of one conversion, the first so many

_RECEIPTS: Final = """
    SELECT conversion.id, entry.receipt FROM conversion
    JOIN conversion_entry AS entry ON entry.conversion_id = conversion.id AND entry.entry = conversion.entry
    WHERE conversion.account_id = $1 AND conversion.id = ANY ($2::uuid[])
"""
_OF_EACH: Final = """
    SELECT conversion.place, entry.* FROM unnest($2::uuid[]) WITH ORDINALITY AS conversion (id, place)
    CROSS JOIN LATERAL (
        SELECT entry, at, occurred_at, cause, trust, status, reason, method, click_id, link_id, value_minor,
            value_currency, payout_minor, payout_currency, is_counted
        FROM conversion_entry {page}
    ) AS entry
    ORDER BY conversion.place, entry.entry {direction}
"""
_REPORTS: Final = f"""
    SELECT conversion.id, report.* FROM conversion
    CROSS JOIN LATERAL (
        SELECT source, proof, revenue, currency, occurred_at, received_at, coupon, page_host FROM conversion_report
        WHERE conversion_id = conversion.id ORDER BY received_at, digest LIMIT {MAX_REPORTS}
    ) AS report
    WHERE conversion.account_id = $1 AND conversion.id = ANY ($2::uuid[])
    ORDER BY conversion.id, report.received_at
"""


class ReportRow(NamedTuple):
    """As it was reported: what was not said is None."""

    source: Source
    proof: Proof
    revenue: Decimal | None
    currency: str | None
    occurred_at: dt.datetime | None
    received_at: dt.datetime
    coupon: str | None
    page_host: str | None


class LedgerRow(NamedTuple):
    """How a conversion stood from `at` on. Entries of each are numbered from 1."""

    entry: int
    at: dt.datetime
    occurred_at: dt.datetime
    cause: EntryCause
    trust: Trust
    status: Status
    reason: StandingReason
    method: Method
    click_id: UUID | None
    link_id: int | None
    value_minor: int | None
    value_currency: str | None
    payout_minor: int | None
    payout_currency: str | None
    is_counted: bool


class LedgerPage(NamedTuple):
    """The oldest entry comes first."""

    window: Window


async def find_receipts(pool: asyncpg.Pool, account_id: int, conversion_ids: Sequence[UUID]) -> dict[UUID, Receipt]:
    """As they are now."""
    rows = await pool.fetch(_RECEIPTS, account_id, list(conversion_ids))
    return {row["id"]: read_receipt(row["receipt"]) for row in rows}


async def list_reports(
    pool: asyncpg.Pool, account_id: int, conversion_ids: Sequence[UUID]
) -> dict[UUID, list[ReportRow]]:
    """The reports of each that differ in anything, the first received first."""
    found: dict[UUID, list[ReportRow]] = {}
    for row in await pool.fetch(_REPORTS, account_id, list(conversion_ids)):
        values = {name: row[name] for name in ReportRow._fields}
        values |= {"source": Source(row["source"]), "proof": Proof(row["proof"])}
        found.setdefault(row["id"], []).append(ReportRow(**values))
    return found


async def list_entries(
    pool: asyncpg.Pool, account_id: int, page: LedgerPage, conversion_ids: Sequence[UUID]
) -> list[list[LedgerRow]]:
    """The same page of the ledger of each conversion, in one statement."""
    conditions = Conditions(account_id, list(conversion_ids))
    conditions.require("account_id = $1 AND conversion_id = conversion.id")
    of_each = conditions.page(["conversion_entry.entry"], page.window, is_descending=False)
    direction = "DESC" if page.window.is_backward else "ASC"
    rows = await pool.fetch(_OF_EACH.format(page=of_each, direction=direction), *conditions.parameters)
    found: list[list[LedgerRow]] = [[] for _ in conversion_ids]
    for row in rows:
        found[row["place"] - 1].append(_read(row))
    return found


def _read(row: asyncpg.Record) -> LedgerRow:
    values = {name: row[name] for name in LedgerRow._fields}
    values["cause"] = EntryCause(row["cause"])
    values["trust"] = Trust(row["trust"])
    values["status"] = Status(row["status"])
    values["reason"] = StandingReason(row["reason"])
    values["method"] = Method(row["method"])
    return LedgerRow(**values)
