"""Conversions as they stand: every one that was reported, approved or not, with whose it is and why."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from functools import partial
from typing import Final

import asyncpg

from tracking.conversions.filters import ConversionFilter, add_conditions
from tracking.conversions.kinds import ConversionKind, Method, Proof, Source, StandingReason, Status, Trust
from tracking.exports.kinds.naming import COLUMNS_OF_NAMES, JOINS, NAMED, tell_names
from tracking.exports.layouts import Asked, Cell, Column, Layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import read_parameters
from tracking.exports.snapshots import count_rows, stream_pages
from tracking.money import write_amount
from tracking.paging import Conditions

_PAGE: Final = f"""
    WITH page AS (SELECT * FROM conversion {{page}})
    SELECT page.*, {NAMED} FROM page {JOINS} ORDER BY page.occurred_at, page.id
"""
_COLUMNS: Final = (
    Column("conversion_id", str, "The conversion's own id."),
    Column("txn_id", str, "Your id of the order; empty where the click is the key."),
    Column("part", str, "Of what takes back: its own id beside the order's."),
    Column("event", str, "What happened, by the name that it was reported with."),
    Column("kind", str, "LEAD, SALE, REBILL, INSTALL, SIGNUP, CUSTOM, REFUND, CHARGEBACK or VOID."),
    Column("status", str, "APPROVED, HELD, WAITING, UNMATCHED, CONFLICT, REJECTED or VOIDED; reports have APPROVED."),
    Column("reason", str, "Why it stands so; NONE needs no words."),
    Column("is_counted", bool, "Whether it is one of the conversions of reports."),
    Column("trust", str, "How sure it is that the brand reported it: UNVERIFIED, TOKEN or SIGNED."),
    Column("proof", str, "By what the surest report of it proves who sent it."),
    Column("source", str, "Through which door that report came."),
    Column("method", str, "By what it is credited: CLICK_ID, COOKIE, CONTACT, COUPON, LINK, OFFER or NONE."),
    Column("value", Decimal, "What it is worth, in major units; negative for what takes back; empty if nobody knows."),
    Column("currency", str, "Of the value, by ISO 4217."),
    Column("payout", Decimal, "What its offer pays for it, in major units; empty for nothing."),
    Column("payout_currency", str, "Of the payout."),
    Column("occurred_at", dt.datetime, "When it happened, as far as the report can be believed."),
    Column("received_at", dt.datetime, "When its first report came in."),
    Column("recorded_at", dt.datetime, "When it was stored."),
    Column("click_id", str, "The click that earned it; empty for none."),
    Column("clicked_at", dt.datetime, "When that click happened."),
    *COLUMNS_OF_NAMES,
    Column("conflicts_with", str, "Of a CONFLICT: the conversion of the same key that holds."),
    Column("ledger_entries", int, "How often it came to stand otherwise, with the first time."),
)


async def _read_rows(pool: asyncpg.Pool, asked: Asked) -> AsyncIterator[tuple[Cell, ...]]:
    async for row in stream_pages(pool, _PAGE, partial(_write_conditions, asked), ["occurred_at", "id"]):
        yield _tell(row, asked.public_port)


async def _count_rows(pool: asyncpg.Pool, asked: Asked) -> int | None:
    return await count_rows(pool, "conversion", _write_conditions(asked))


def _write_conditions(asked: Asked) -> Conditions:
    given = read_parameters(asked.parameters)
    conditions = Conditions(asked.account_id)
    conditions.require("account_id = $1")
    wanted = ConversionFilter(
        link_ids=given.link_ids,
        campaign_ids=None if given.campaign_id is None else [given.campaign_id],
        creator_ids=None if given.creator_id is None else [given.creator_id],
        offer_ids=None if given.offer_id is None else [given.offer_id],
        occurred_from=given.range_start,
        occurred_to=given.range_end,
    )
    add_conditions(conditions, wanted)
    conditions.add_if_given("message_id = ANY ({})", given.message_ids)
    if given.is_counted_only:
        conditions.require("is_counted")
    return conditions


def _tell(row: asyncpg.Record, public_port: int | None) -> tuple[Cell, ...]:
    order_key: str = row["order_key"]
    return (
        str(row["id"]),
        order_key.removeprefix("t:") if order_key.startswith("t:") else None,
        row["part"] or None,
        row["event"],
        ConversionKind(row["kind"]).name,
        Status(row["status"]).name,
        StandingReason(row["reason"]).name,
        row["is_counted"],
        Trust(row["trust"]).name,
        Proof(row["proof"]).name,
        Source(row["source"]).name,
        Method(row["method"]).name,
        _tell_amount(row["value_minor"], row["value_currency"]),
        row["value_currency"],
        _tell_amount(row["payout_minor"], row["payout_currency"]),
        row["payout_currency"],
        row["occurred_at"],
        row["received_at"],
        row["recorded_at"],
        row["click_id"] and str(row["click_id"]),
        row["clicked_at"],
        *tell_names(row, public_port),
        row["conflicts_with"] and str(row["conflicts_with"]),
        row["entry"],
    )


def _tell_amount(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or currency is None else write_amount(minor, currency)


CONVERSIONS: Final = Layout(
    ExportKind.CONVERSIONS,
    "Every conversion that was reported, as it stands, one in each row, by when it happened.",
    _COLUMNS,
    _read_rows,
    _count_rows,
    takes=frozenset({"range", "link_ids", "campaign_id", "creator_id", "message_ids", "offer_id", "is_counted_only"}),
)
