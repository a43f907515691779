"""Conversions for tests: reports as doors write them, and rows as they lie in the tables whatever made them so."""

import itertools
import json
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from tracking.clock import now_ms, utc_now
from tracking.conversions.event import ConversionEvent, find_conversion_id
from tracking.conversions.kinds import EntryCause, Method, Proof, Source, Status, Trust, find_kind
from tracking.conversions.store import store_conversions
from tracking.offers.events import name_event

_numbers = itertools.count(1)
_OF_ENTRIES: Final = (
    "trust, status, reason, occurred_at, method, click_id, clicked_at, link_id, campaign_id, creator_id, message_id,"
    " slot, contact_id, offer_id, sharer_id, value_minor, value_currency, payout_minor, payout_currency, is_counted"
)
_ADD_ORDER: Final = "INSERT INTO conversion_order (account_id, order_key) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_ADD_ENTRY: Final = (
    f"INSERT INTO conversion_entry (conversion_id, entry, account_id, cause, receipt, {_OF_ENTRIES})"
    f" SELECT id, entry, account_id, $2, $3, {_OF_ENTRIES} FROM conversion WHERE id = $1"
)
NO_RECEIPT: Final = json.dumps({"model": "FIRST_CLICK", "occurred_at_ms": 0})


def make_report(account_id: int, **changes: Any) -> ConversionEvent:
    """A sale of 12.50 EUR, of an order of its own, that a server reports just now with a key of the account.

    Nothing says whose it is. Give what the test is about.
    """
    report = ConversionEvent(
        received_at_ms=now_ms(),
        account_id=account_id,
        source=Source.GRAPH,
        proof=Proof.API_KEY,
        event="sale",
        txn_id=f"order-{next(_numbers)}",
        part="",
        revenue="12.50",
        currency="EUR",
        occurred_at_ms=None,
        click_ids=[],
        visitor_keys=[],
        link_id=None,
        offer_id=None,
        coupon="",
    )
    return msgspec.structs.replace(report, **changes)


async def fill_inbox(pool: asyncpg.Pool, account_id: int, *, link_id: int, uncounted: bytes) -> None:
    """A sale that nothing proves, another one of a click that is not counted, and other amounts of both."""
    held = make_report(account_id, link_id=link_id, source=Source.PIXEL, proof=Proof.NONE, coupon="ANN10")
    unmatched = make_report(account_id, proof=Proof.NONE, source=Source.SNIPPET, click_ids=[uncounted])
    others = [msgspec.structs.replace(report, revenue="99.00") for report in (held, unmatched)]
    await store_conversions(pool, [held, unmatched, *others])


async def write_conversion(pool: asyncpg.Pool, account_id: int, **columns: Any) -> UUID:
    """A row of `conversion` with its first entry, as it stands in the database; an approved sale of 12.50 EUR.

    `event` and `txn_id` make the key, and `receipt` is JSON; everything else is a column by its name.
    """
    receipt = columns.pop("receipt", NO_RECEIPT)
    row = _make_row(account_id, columns)
    places = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_ADD_ORDER, account_id, row["order_key"])
        await connection.execute(f"INSERT INTO conversion ({', '.join(row)}) VALUES ({places})", *row.values())
        await connection.execute(_ADD_ENTRY, row["id"], EntryCause.RECORDED, receipt)
    conversion_id: UUID = row["id"]
    return conversion_id


def _make_row(account_id: int, columns: dict[str, Any]) -> dict[str, Any]:
    event = name_event(columns.pop("event", "sale"))
    order_key = columns.pop("order_key", f"t:{columns.pop('txn_id', f'order-{next(_numbers)}')}")
    part, now = columns.get("part", ""), utc_now()
    return {
        "id": UUID(bytes=find_conversion_id(account_id, order_key, event, part)),
        "account_id": account_id,
        "order_key": order_key,
        "event": event,
        "part": part,
        "kind": find_kind(event),
        "occurred_at": now,
        "received_at": now,
        "source": Source.GRAPH,
        "proof": Proof.API_KEY,
        "trust": Trust.TOKEN,
        "status": Status.APPROVED,
        "method": Method.NONE,
        "value_minor": 1250,
        "value_currency": "EUR",
        "is_counted": True,
        "entry": 1,
        **columns,
    }
