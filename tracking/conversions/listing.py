"""Reads of conversions as they stand. For the api; reports read none (rule 12)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from tracking.conversions.filters import IS_IN_INBOX, ConversionFilter, add_conditions
from tracking.conversions.kinds import CORRECTIONS, ConversionKind, Method, Proof, Source, StandingReason, Status, Trust
from tracking.paging import Conditions, Window

Key = TypeVar("Key")

MAX_BESIDE: Final = 100  # of the conversions that a click or an order has, the first so many

_COLUMNS: Final = f"""
    conversion.id, number, order_key, event, part, kind, occurred_at, received_at, recorded_at, source, proof, trust,
    status, reason, conflicts_with, method, click_id, clicked_at, link_id, campaign_id, creator_id, message_id,
    contact_id, offer_id, sharer_id, value_minor, value_currency, payout_minor, payout_currency, is_counted, entry,
    {IS_IN_INBOX} AS is_in_inbox
"""
SORT_KEYS: Final = {"OCCURRED_AT": "occurred_at", "RECORDED_AT": "recorded_at"}
_BESIDE: Final = f"""
    SELECT asked.place, conversion.* FROM unnest({{asked}}) WITH ORDINALITY AS asked (key, place)
    CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM conversion WHERE account_id = $1 AND {{condition}} ORDER BY number LIMIT {MAX_BESIDE}
    ) AS conversion
    ORDER BY asked.place, conversion.number
"""
_OF_CLICKS: Final = _BESIDE.format(asked="$2::uuid[]", condition="click_id = asked.key")
_OF_ORDERS: Final = _BESIDE.format(asked="$2::text[]", condition="order_key = asked.key")
_CORRECTIONS: Final = _BESIDE.format(
    asked="$2::text[]",
    condition=f"order_key = asked.key AND kind IN ({', '.join(f'{kind:d}' for kind in sorted(CORRECTIONS))})",
)


class ConversionPage(NamedTuple):
    """`sort_by` is a key of SORT_KEYS; of one moment the id decides."""

    wanted: ConversionFilter
    window: Window
    sort_by: str = "OCCURRED_AT"
    is_descending: bool = True


class StoredConversion(NamedTuple):
    """Source, proof and times are those of the report that holds; the value of a correction is negative.

    `number` ascends as conversions were recorded.
    """

    id: UUID
    number: int
    order_key: str
    event: str
    part: str
    kind: ConversionKind
    occurred_at: dt.datetime
    received_at: dt.datetime
    recorded_at: dt.datetime
    source: Source
    proof: Proof
    trust: Trust
    status: Status
    reason: StandingReason
    conflicts_with: UUID | None
    method: Method
    click_id: UUID | None
    clicked_at: dt.datetime | None
    link_id: int | None
    campaign_id: int | None
    creator_id: int | None
    message_id: int | None
    contact_id: int | None
    offer_id: int | None
    sharer_id: int | None
    value_minor: int | None
    value_currency: str | None
    payout_minor: int | None
    payout_currency: str | None
    is_counted: bool
    entry: int
    is_in_inbox: bool

    @property
    def txn_id(self) -> str | None:
        """None where the click is the key."""
        return self.order_key.removeprefix("t:") if self.order_key.startswith("t:") else None


async def find_conversions(
    pool: asyncpg.Pool, account_id: int, conversion_ids: Sequence[UUID], wanted: ConversionFilter | None = None
) -> dict[UUID, StoredConversion]:
    """Those of this account among them, by id; with a filter only those that it wants."""
    conditions = Conditions(account_id, list(conversion_ids))
    conditions.require("account_id = $1 AND id = ANY ($2)")
    add_conditions(conditions, wanted or ConversionFilter())
    rows = await pool.fetch(f"SELECT {_COLUMNS} FROM conversion WHERE {conditions.where}", *conditions.parameters)
    return {row["id"]: _read(row) for row in rows}


async def list_conversions(pool: asyncpg.Pool, account_id: int, page: ConversionPage) -> list[StoredConversion]:
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    add_conditions(conditions, page.wanted)
    keys = conditions.page([SORT_KEYS[page.sort_by], "id"], page.window, is_descending=page.is_descending)
    rows = await pool.fetch(f"SELECT {_COLUMNS} FROM conversion {keys}", *conditions.parameters)
    return [_read(row) for row in rows]


async def list_of_clicks(
    pool: asyncpg.Pool, account_id: int, click_ids: Sequence[UUID]
) -> dict[UUID, list[StoredConversion]]:
    """What is credited to each click, approved or not, the first recorded first."""
    return _group(click_ids, await pool.fetch(_OF_CLICKS, account_id, list(click_ids)))


async def list_of_orders(
    pool: asyncpg.Pool, account_id: int, order_keys: Sequence[str]
) -> dict[str, list[StoredConversion]]:
    """All that was reported of each order, the first recorded first."""
    return _group(order_keys, await pool.fetch(_OF_ORDERS, account_id, list(order_keys)))


async def list_corrections(
    pool: asyncpg.Pool, account_id: int, order_keys: Sequence[str]
) -> dict[str, list[StoredConversion]]:
    """What takes back from each order, the first recorded first."""
    return _group(order_keys, await pool.fetch(_CORRECTIONS, account_id, list(order_keys)))


def _group(keys: Sequence[Key], rows: list[asyncpg.Record]) -> dict[Key, list[StoredConversion]]:
    found: dict[Key, list[StoredConversion]] = {}
    for row in rows:
        found.setdefault(keys[row["place"] - 1], []).append(_read(row))
    return found


def _read(row: asyncpg.Record) -> StoredConversion:
    values = {name: row[name] for name in StoredConversion._fields}
    values["kind"] = ConversionKind(row["kind"])
    values["source"] = Source(row["source"])
    values["proof"] = Proof(row["proof"])
    values["trust"] = Trust(row["trust"])
    values["status"] = Status(row["status"])
    values["reason"] = StandingReason(row["reason"])
    values["method"] = Method(row["method"])
    return StoredConversion(**values)
