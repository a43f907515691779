"""Conversions with the counts that they make, for tests of reports: as they stand, whatever brought them there."""

import datetime as dt
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tests.converting import write_conversion
from tracking.clock import utc_now
from tracking.conversions.kinds import Status
from tracking.reports.buckets import find_buckets
from tracking.reports.deltas import DELTA_KEYS, DeltaKey
from tracking.reports.outcomes import NO_CURRENCY, Dating, OutcomeDeltas
from tracking.reports.queries import Subject
from tracking.reports.scopes import Grain

_SALE: Final = {"value_minor": 1250, "value_currency": "EUR", "is_counted": True, "status": Status.APPROVED}


async def convert(pool: asyncpg.Pool, account_id: int, **columns: Any) -> UUID:
    """An approved sale of 12.50 EUR of nobody's click, just now, with its counts. Columns as in `write_conversion`."""
    columns = {"occurred_at": utc_now(), **columns}
    conversion_id = await write_conversion(pool, account_id, **columns)
    deltas = OutcomeDeltas()
    zone = await _read_zone(pool, account_id)
    row = {**_SALE, **columns}
    if row["status"] is Status.APPROVED:
        moments = {
            Dating.CONVERSION_TIME: row["occurred_at"],
            Dating.CLICK_TIME: row.get("clicked_at") or row["occurred_at"],
        }
        for dating, moment in moments.items():
            _add(deltas, make_key(account_id, moment, zone, **columns), dating, row)
    await append(pool, deltas)
    return conversion_id


def _add(deltas: OutcomeDeltas, key: DeltaKey, dating: Dating, row: dict[str, Any]) -> None:
    value = row["value_minor"]
    currency = NO_CURRENCY if value is None else row["value_currency"]
    deltas.add(key, dating, currency, "conversions", int(row["is_counted"]))
    deltas.add(key, dating, currency, "credited_conversions", int(row["is_counted"] and "click_id" in row))
    deltas.add(key, dating, currency, "gross_minor", max(value or 0, 0))
    deltas.add(key, dating, currency, "refunds_minor", max(-(value or 0), 0))
    if "payout_minor" in row:
        deltas.add(key, dating, row["payout_currency"], "payout_minor", row["payout_minor"])


async def show(pool: asyncpg.Pool, account_id: int, times: int, **labels: int) -> None:
    """Impressions, just now."""
    deltas, key = OutcomeDeltas(), make_key(account_id, utc_now(), await _read_zone(pool, account_id), **labels)
    for dating in Dating:
        deltas.add(key, dating, NO_CURRENCY, "impressions", times)
    await append(pool, deltas)


def make_key(account_id: int, at: dt.datetime, zone: ZoneInfo, **labels: Any) -> DeltaKey:
    """Of the labels that are given; those of recipients' links are of no link."""
    buckets = find_buckets(int(at.timestamp() * 1_000), zone)
    known = {**labels, "account_id": account_id, "hour_at": buckets.hour_at, "day_at": buckets.day_at}
    if "contact_id" in labels:
        known.pop("link_id", None)
    return tuple(known.get(name) for name in DELTA_KEYS)


async def append(pool: asyncpg.Pool, deltas: OutcomeDeltas) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await deltas.append(connection)


async def know_conversions(pool: asyncpg.Pool, account_id: int, since: dt.datetime) -> None:
    """The account is configured since then (LO16)."""
    await pool.execute("UPDATE account SET conversions_since = $2 WHERE id = $1", account_id, since)


async def read_buckets(
    pool: asyncpg.Pool, account_id: int, grain: Grain, dating: Dating, subject: Subject
) -> list[tuple[str, int, int]]:
    """Local time of each bucket, conversions, and gross in minor units."""
    zone = await _read_zone(pool, account_id)
    rows = await pool.fetch(
        "SELECT bucket, sum(conversions)::int AS conversions, sum(gross_minor)::int AS gross_minor FROM outcome_rollup"
        " WHERE account_id = $1 AND scope = $2 AND first_key = $3 AND second_key = $4 AND grain = $5 AND dating = $6"
        " GROUP BY bucket ORDER BY bucket",
        account_id,
        *subject,
        grain,
        dating,
    )
    return [
        (row["bucket"].astimezone(zone).strftime("%m-%d %H:%M %z"), row["conversions"], row["gross_minor"])
        for row in rows
    ]


async def _read_zone(pool: asyncpg.Pool, account_id: int) -> ZoneInfo:
    return ZoneInfo(await pool.fetchval("SELECT timezone FROM account WHERE id = $1", account_id))
