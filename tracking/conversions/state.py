"""Orders as they are stored, locked for whoever decides them anew. Plain SQL."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.conversions.amounts import Report
from tracking.conversions.deciding import Known
from tracking.conversions.kinds import ConversionKind, Proof, Source
from tracking.database import list_columns

OrderKey = tuple[int, str]
"""An account, and what the reports of one of its orders share."""

# Whoever changes anything of an order holds its row; rows are locked in the order of their keys (rule 6).
_LOCK: Final = """
    SELECT account_id, order_key
    FROM conversion_order JOIN unnest($1::bigint[], $2::text[]) AS wanted (account_id, order_key)
        USING (account_id, order_key)
    ORDER BY account_id, order_key
    FOR UPDATE OF conversion_order
"""
_READ: Final = """
    SELECT conversion.*, newest.receipt
    FROM unnest($1::bigint[], $2::text[]) AS wanted (account_id, order_key)
    JOIN conversion USING (account_id, order_key)
    LEFT JOIN conversion_entry AS newest ON newest.conversion_id = conversion.id AND newest.entry = conversion.entry
    ORDER BY conversion.number
"""
_REPORTS: Final = """
    SELECT conversion_id, source, proof, revenue, currency, occurred_at, received_at, click_ids, visitor_keys, link_id,
        offer_id, coupon, ruled_at
    FROM conversion_report WHERE conversion_id = ANY ($1) ORDER BY conversion_id, digest
"""


class Order(NamedTuple):
    """`rows` are as they stand, `conflicts` those of other amounts, which decide nothing."""

    key: OrderKey
    known: list[Known]
    rows: dict[UUID, asyncpg.Record]
    conflicts: dict[UUID, asyncpg.Record]


async def lock_orders(connection: asyncpg.Connection, keys: Iterable[OrderKey]) -> None:
    wanted = sorted(set(keys))
    if wanted:
        await connection.fetch(_LOCK, *list_columns(wanted))


async def read_orders(connection: asyncpg.Connection, keys: Collection[OrderKey]) -> list[Order]:
    """In a later statement than the one that locked them, so that what others committed meanwhile is seen."""
    if not keys:
        return []
    rows = await connection.fetch(_READ, *list_columns(sorted(set(keys))))
    deciding = [row["id"] for row in rows if row["conflicts_with"] is None]
    reports: dict[UUID, list[Report]] = {}
    for row in await connection.fetch(_REPORTS, deciding):
        reports.setdefault(row["conversion_id"], []).append(read_report_row(row))
    orders: dict[OrderKey, Order] = {}
    for row in rows:
        key = (row["account_id"], row["order_key"])
        order = orders.setdefault(key, Order(key, [], {}, {}))
        if row["conflicts_with"] is None:
            order.rows[row["id"]] = row
            order.known.append(_read_known(row, reports[row["id"]]))
        else:
            order.conflicts[row["id"]] = row
    return list(orders.values())


def read_report_row(row: Any) -> Report:
    return Report(
        source=Source(row["source"]),
        proof=Proof(row["proof"]),
        revenue=row["revenue"],
        currency=row["currency"],
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        click_ids=tuple(row["click_ids"]),
        visitor_keys=tuple(row["visitor_keys"]),
        link_id=row["link_id"],
        offer_id=row["offer_id"],
        coupon=row["coupon"],
        ruled_at=row["ruled_at"],
    )


def _read_known(row: Any, reports: Sequence[Report]) -> Known:
    return Known(
        conversion_id=row["id"],
        number=row["number"],
        kind=ConversionKind(row["kind"]),
        event=row["event"],
        ruling=row["ruling"],
        is_over_cap=bool(row["is_over_cap"]),
        reports=tuple(reports),
    )
