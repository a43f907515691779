"""Settle orders: decide them from what is known now, and write down what is different. The one way anything stands.

Whoever learns something that conversions depend on calls `settle` with their orders locked; it is the same whoever
calls and however often, and the counts move with it in the same transaction (rules 7 and 12).
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.clicks.store import LATE_LIMIT_MS
from tracking.conversions.caps import take_places
from tracking.conversions.conflicts import decide_conflicts, make_conflicts
from tracking.conversions.deciding import Decision, Known, Standing
from tracking.conversions.kinds import EntryCause, Status
from tracking.conversions.orders import decide_order
from tracking.conversions.posting import post
from tracking.conversions.rechecks import find_recheck
from tracking.conversions.standings import Change, read_standing, write_changes, write_rechecks
from tracking.conversions.state import Order, OrderKey, read_orders
from tracking.conversions.terms import AllTerms
from tracking.conversions.tracing import Trace, trace
from tracking.events.outbox import EventKind, append_events
from tracking.reports.outcomes import OutcomeDeltas

LATE: Final = dt.timedelta(milliseconds=LATE_LIMIT_MS)


class Occasion(NamedTuple):
    """Why orders are settled. `conversion_ids` are those that it happened to, None for all of the orders: what else
    stands otherwise by it does so because its order changed.
    """

    cause: EntryCause
    conversion_ids: frozenset[UUID] | None = None


async def settle(
    connection: asyncpg.Connection, keys: Collection[OrderKey], occasion: Occasion, now: dt.datetime
) -> list[UUID]:
    """Of orders that the caller's transaction has locked. Settling again changes nothing.

    Answers with the conversions that stand otherwise now, new ones among them.
    """
    orders = await read_orders(connection, keys)
    if not orders:
        return []
    traced = await trace(connection, orders)
    decided = await _decide_with_caps(connection, orders, traced, now)
    orders = list(await make_conflicts(connection, orders, decided))
    changes = [change for order in orders for change in _compare(order, decided[order.key], occasion)]
    await write_changes(connection, changes)
    await write_rechecks(connection, _find_rechecks(orders, decided, now))
    await _count(changes, traced.terms).append(connection)
    await _announce(connection, changes)
    return [change.conversion_id for change in changes]


_Decided = dict[OrderKey, dict[UUID, Decision]]


async def _decide_with_caps(
    connection: asyncpg.Connection, orders: Sequence[Order], traced: Trace, now: dt.datetime
) -> _Decided:
    """What is approved without proof takes a place under the cap of its link and hour; what finds none is held."""
    decided = {order.key: _decide(order, order.known, traced, now) for order in orders}
    over = await take_places(connection, orders, decided, traced.terms)
    for order in orders:
        known = [each._replace(is_over_cap=True) if each.conversion_id in over else each for each in order.known]
        if known != order.known:
            decided[order.key] = _decide(order, known, traced, now)
    return decided


def _decide(order: Order, known: Sequence[Known], traced: Trace, now: dt.datetime) -> dict[UUID, Decision]:
    return decide_order(known, traced.tracks, traced.terms.of_account(order.key[0]), now, LATE)


def _compare(order: Order, decided: Mapping[UUID, Decision], occasion: Occasion) -> Iterable[Change]:
    """What stands otherwise than it is written, or for other reasons."""
    everything = {**decided, **decide_conflicts(order, decided)}
    rows = {**order.rows, **order.conflicts}
    for conversion_id, decision in everything.items():
        row = rows[conversion_id]
        before = read_standing(row)
        if row["entry"] == 0:
            yield Change(row, None, decision, EntryCause.RECORDED)
        elif before != decision.standing or (decision.receipt.model and row["receipt"] != decision.written_receipt):
            yield Change(row, before, decision, _name_cause(row, before, decision.standing, occasion))


def _name_cause(row: Any, before: Standing, after: Standing, occasion: Occasion) -> EntryCause:
    is_over = before.status is Status.WAITING and after.status is Status.UNMATCHED
    if is_over and occasion.cause is EntryCause.CLICK_FOUND:
        return EntryCause.WAITED_TOO_LONG
    ids = occasion.conversion_ids
    is_meant = ids is None or not ids.isdisjoint((row["id"], row["conflicts_with"]))
    return occasion.cause if is_meant else EntryCause.ORDER_CHANGED


def _find_rechecks(orders: Iterable[Order], decided: _Decided, now: dt.datetime) -> dict[UUID, dt.datetime | None]:
    """Only where it is another moment than before: most conversions are never looked at again."""
    found = {}
    for order in orders:
        for known in order.known:
            recheck_at = find_recheck(known, decided[order.key][known.conversion_id], now, LATE)
            if recheck_at != order.rows[known.conversion_id]["recheck_at"]:
                found[known.conversion_id] = recheck_at
    return found


def _count(changes: Iterable[Change], terms: AllTerms) -> OutcomeDeltas:
    deltas = OutcomeDeltas()
    for change in changes:
        zone = terms.find_zone(change.account_id)
        if change.before is not None:
            post(deltas, change.account_id, change.before, zone, -1)
        post(deltas, change.account_id, change.after, zone)
    return deltas


async def _announce(connection: asyncpg.Connection, changes: Iterable[Change]) -> None:
    ids: dict[tuple[int, EventKind], list[UUID]] = {}
    for change in changes:
        kind = EventKind.CONVERSIONS_RECORDED if change.before is None else EventKind.CONVERSIONS_CHANGED
        ids.setdefault((change.account_id, kind), []).append(change.conversion_id)
    await append_events(connection, [(account_id, kind, found) for (account_id, kind), found in sorted(ids.items())])
