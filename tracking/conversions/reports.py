"""Reports as they are kept: each distinct one once, whatever is delivered or posted how often. Plain SQL."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from tracking.clock import read_ms
from tracking.conversions.event import ConversionEvent, encode_conversion, find_conversion_id
from tracking.conversions.kinds import Proof, Status, Trust, find_kind
from tracking.conversions.state import OrderKey
from tracking.database import list_columns
from tracking.stream_events import EARLIEST_MS

# Whoever knows an order's number, but proves nothing, could fill the table with what they say of it.
MAX_UNPROVEN: Final = 20
# Nor with refunds and events of their own, as an order is decided as a whole.
MAX_UNPROVEN_OF_ORDER: Final = 50
_DIGEST_BYTES: Final = 16

_KNOWN: Final = """
    SELECT conversion_id, digest, received_at FROM conversion_report
    WHERE conversion_id = ANY ($1) AND digest = ANY ($2)
"""
_ORDERS: Final = """
    INSERT INTO conversion_order (account_id, order_key)
    SELECT * FROM unnest($1::bigint[], $2::text[]) ORDER BY 1, 2
    ON CONFLICT DO NOTHING
"""
_KNOWN_OF_ORDERS: Final = """
    SELECT id, account_id, order_key, proof
    FROM unnest($1::bigint[], $2::text[]) AS wanted (account_id, order_key)
    JOIN conversion USING (account_id, order_key)
    WHERE conflicts_with IS NULL AND (proof = 0 OR id = ANY ($3))
"""
# How they stand is written by whoever settles, in the same transaction; until then entry 0 says that nobody did.
_CONVERSIONS: Final = f"""
    INSERT INTO conversion (id, account_id, order_key, event, part, kind, occurred_at, received_at, source, proof,
        trust, status)
    SELECT *, {Trust.UNVERIFIED:d}, {Status.WAITING:d}
    FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::timestamptz[],
        $8::timestamptz[], $9::smallint[], $10::smallint[])
    ORDER BY 2, 3, 1
    ON CONFLICT (id) DO NOTHING
"""
_REPORTS: Final = f"""
    INSERT INTO conversion_report AS known (conversion_id, digest, source, proof, revenue, currency, occurred_at,
        received_at, click_ids, visitor_keys, link_id, offer_id, coupon, page_host)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    WHERE $4::smallint > 0 OR {MAX_UNPROVEN} > (
        SELECT count(*) FROM conversion_report WHERE conversion_id = $1 AND proof = 0 AND digest <> $2
    )
    ON CONFLICT (conversion_id, digest) DO UPDATE SET received_at = excluded.received_at
    WHERE excluded.received_at < known.received_at
"""


class NewReport(NamedTuple):
    """A report on its way into the tables. The digest is the same for the same report at another moment."""

    conversion_id: UUID
    digest: bytes
    event: ConversionEvent

    @property
    def order(self) -> OrderKey:
        return self.event.account_id, self.event.order_key

    @property
    def received_at(self) -> dt.datetime:
        return read_ms(self.event.received_at_ms)

    @property
    def occurred_at(self) -> dt.datetime | None:
        """What somebody without proof says of when it happened is not believed: windows are measured by it."""
        event = self.event
        if event.occurred_at_ms is None or event.proof == Proof.NONE:
            return None
        return read_ms(event.occurred_at_ms)

    @property
    def revenue(self) -> Decimal | None:
        return Decimal(self.event.revenue) if self.event.revenue else None

    @property
    def click_ids(self) -> tuple[UUID, ...]:
        return tuple(UUID(bytes=click_id) for click_id in self.event.click_ids)


def make_report(event: ConversionEvent) -> NewReport:
    conversion_id = find_conversion_id(event.account_id, event.order_key, event.event, event.part)
    said = encode_conversion(_spell_alike(event))
    return NewReport(UUID(bytes=conversion_id), blake2b(said, digest_size=_DIGEST_BYTES).digest(), event)


def _spell_alike(event: ConversionEvent) -> ConversionEvent:
    """For all who say the same at any moment: 12.5 is 12.50, and a coupon has no capitals."""
    return msgspec.structs.replace(
        event,
        received_at_ms=EARLIEST_MS,
        revenue=event.revenue and str(Decimal(event.revenue).normalize()),
        coupon=event.coupon.lower(),
        click_ids=sorted(set(event.click_ids)),
        visitor_keys=sorted(set(event.visitor_keys)),
    )


async def select_news(pool: asyncpg.Pool, reports: Iterable[NewReport]) -> list[NewReport]:
    """Without those that are kept already: what is posted fifty times costs one look, and no lock."""
    earliest: dict[tuple[UUID, bytes], NewReport] = {}
    for report in reports:
        other = earliest.setdefault((report.conversion_id, report.digest), report)
        if report.event.received_at_ms < other.event.received_at_ms:
            earliest[report.conversion_id, report.digest] = report
    if not earliest:
        return []
    ids, digests = list_columns(earliest)
    known = {
        (row["conversion_id"], row["digest"]): row["received_at"] for row in await pool.fetch(_KNOWN, ids, digests)
    }
    return [report for key, report in earliest.items() if key not in known or report.received_at < known[key]]


async def insert_orders(connection: asyncpg.Connection, keys: Collection[OrderKey]) -> None:
    await connection.execute(_ORDERS, *list_columns(sorted(keys)))


async def insert_reports(connection: asyncpg.Connection, reports: Sequence[NewReport]) -> None:
    """With a conversion for each key that has none yet. The caller holds the locks of their orders."""
    reports = await _leave_out_crowds(connection, reports)
    if not reports:
        return
    first = {report.conversion_id: report for report in reversed(reports)}
    await connection.execute(_CONVERSIONS, *list_columns(_write_conversion(report) for report in first.values()))
    await connection.executemany(_REPORTS, [_write_report(report) for report in reports])


async def _leave_out_crowds(connection: asyncpg.Connection, reports: Sequence[NewReport]) -> list[NewReport]:
    """Without what proves nothing and would be one conversion too many of its order."""
    unproven = [report for report in reports if report.event.proof == Proof.NONE]
    if not unproven:
        return list(reports)
    keys = list_columns(sorted({report.order for report in unproven}))
    rows = await connection.fetch(_KNOWN_OF_ORDERS, *keys, [report.conversion_id for report in unproven])
    known = {row["id"] for row in rows}
    crowds = Counter((row["account_id"], row["order_key"]) for row in rows if row["proof"] == Proof.NONE)
    kept = []
    for report in reports:
        is_new = report.conversion_id not in known
        if is_new and report.event.proof == Proof.NONE:
            if crowds[report.order] >= MAX_UNPROVEN_OF_ORDER:
                continue
            crowds[report.order] += 1
        known.add(report.conversion_id)
        kept.append(report)
    return kept


def _write_conversion(report: NewReport) -> tuple[Any, ...]:
    event = report.event
    moments = (report.occurred_at or report.received_at, report.received_at)
    kind = find_kind(event.event)
    return (report.conversion_id, *report.order, event.event, event.part, kind, *moments, event.source, event.proof)


def _write_report(report: NewReport) -> tuple[Any, ...]:
    event = report.event
    return (
        report.conversion_id,
        report.digest,
        event.source,
        event.proof,
        report.revenue,
        event.currency or None,
        report.occurred_at,
        report.received_at,
        report.click_ids,
        event.visitor_keys,
        event.link_id,
        event.offer_id,
        event.coupon or None,
        event.page_host or None,
    )
