"""Amounts at odds with the one that holds: each stands in the inbox as a row of its own, and counts nowhere."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

import asyncpg

from tracking.conversions.amounts import Said, is_storable, value_said
from tracking.conversions.deciding import REJECTED_BY_HAND, Decision, Known, make_standing, trust_proof
from tracking.conversions.event import make_uuid8
from tracking.conversions.kinds import StandingReason, Status
from tracking.conversions.receipts import Receipt
from tracking.conversions.state import Order, OrderKey, read_orders
from tracking.database import list_columns
from tracking.money import Money

_PERSON: Final = b"ct other amount"

# How they stand is written by whoever settles; an amount that stands here already is left as it is.
_INSERT: Final = """
    INSERT INTO conversion (id, account_id, order_key, event, part, kind, occurred_at, received_at, source, proof,
        trust, status, value_minor, value_currency, conflicts_with)
    SELECT new.id, account_id, order_key, event, part, kind, occurred_at, received_at, source, proof, 0, $3, new.minor,
        new.currency, conversion.id
    FROM unnest($1::uuid[], $2::uuid[], $4::bigint[], $5::text[]) AS new (id, conversion_id, minor, currency)
    JOIN conversion ON conversion.id = new.conversion_id
    ORDER BY new.id
    ON CONFLICT (id) DO NOTHING
"""


async def make_conflicts(
    connection: asyncpg.Connection, orders: Sequence[Order], decided: Mapping[OrderKey, Mapping[UUID, Decision]]
) -> Sequence[Order]:
    """The orders, with a row for each amount that is at odds."""
    rows = [
        (find_conflict_id(conversion_id, said), conversion_id, *_value(said, decision))
        for order in orders
        for conversion_id, decision in decided[order.key].items()
        for said in decision.conflicts
    ]
    missing = {row[0] for row in rows} - {conflict_id for order in orders for conflict_id in order.conflicts}
    if not missing:
        return orders
    ids, of, minors, currencies = list_columns(row for row in rows if row[0] in missing)
    await connection.execute(_INSERT, ids, of, Status.CONFLICT, minors, currencies)
    return await read_orders(connection, [order.key for order in orders])


def decide_conflicts(order: Order, decided: Mapping[UUID, Decision]) -> dict[UUID, Decision]:
    """One that is at odds no longer, since another amount holds now, is voided."""
    at_odds = {
        find_conflict_id(conversion_id, said): decision
        for conversion_id, decision in decided.items()
        for said in decision.conflicts
    }
    known = {each.conversion_id: each for each in order.known}
    found = {}
    for conflict_id, row in order.conflicts.items():
        standing = make_standing(_keep_reports(known[row["conflicts_with"]], conflict_id))
        standing = standing._replace(trust=trust_proof(standing.proof))
        value = _read_value(row)
        status, reason = Status.CONFLICT, StandingReason.OTHER_AMOUNT
        if conflict_id not in at_odds:
            status, reason = Status.VOIDED, StandingReason.SUPERSEDED
        elif row["ruling"] == REJECTED_BY_HAND:
            status, reason = Status.REJECTED, StandingReason.BY_A_PERSON
        standing = standing._replace(status=status, reason=reason, value=value)
        found[conflict_id] = Decision(standing, Receipt(model="", occurred_at_ms=0), (), ())
    return found


def find_conflict_id(conversion_id: UUID, said: Said) -> UUID:
    """The same for the same amount of the same conversion."""
    text = f"{said.revenue.normalize():f} {said.currency or ''}".encode()
    return UUID(bytes=make_uuid8(blake2b(conversion_id.bytes + text, digest_size=16, person=_PERSON).digest()))


def _keep_reports(known: Known, conflict_id: UUID) -> Known:
    """Those that named this amount: who sent it, and when, is said of them alone."""
    said = [(report, Said(report.revenue, report.currency)) for report in known.reports if report.revenue is not None]
    meant = [each for _, each in said if find_conflict_id(known.conversion_id, each) == conflict_id]
    kept = tuple(report for report, each in said if any(map(each.agrees_with, meant)))
    return known._replace(reports=kept or known.reports)


def _value(said: Said, decision: Decision) -> tuple[int | None, str | None]:
    value = decision.standing.value
    currency = said.currency or (value.currency if value else None)
    if currency is None or not is_storable(said, currency):
        return None, None
    money = value_said(said, None, currency)
    return (money.amount_minor, money.currency) if money else (None, None)


def _read_value(row: Any) -> Money | None:
    return None if row["value_minor"] is None else Money(row["value_minor"], row["value_currency"])
