"""The one way a report gets into PostgreSQL: for the worker, the graph and imports alike. Exactly once (rule 7)."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import asyncpg

from tracking.accounts.conversions_since import note_conversions_recorded
from tracking.clicks.store import UNKNOWN_ACCOUNT, find_horizon_fault
from tracking.clicks.zones import ZoneChangedError, Zones, fix_zones, read_zones
from tracking.clock import now_ms, utc_now
from tracking.conversions.amounts import Report
from tracking.conversions.deciding import Decision, Known, decide_base
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import EntryCause, Proof, Source, find_kind
from tracking.conversions.reports import NewReport, insert_orders, insert_reports, make_report, select_news
from tracking.conversions.settling import LATE, Occasion, settle
from tracking.conversions.state import Order, lock_orders
from tracking.conversions.tracing import trace
from tracking.conversions.vouching import vouch_for_clicks
from tracking.erasure.visitors import read_forgotten
from tracking.faults import maybe_crash

NO_KEY: Final = "no_key"
INVALID: Final = "invalid"


class RejectedConversion(NamedTuple):
    event: ConversionEvent
    reason: str


class StoredConversions(NamedTuple):
    """`conversion_ids` are those of the events, in their order and whether or not they were new; None: rejected.

    `changed` are the conversions that stand otherwise by this call, new ones among them.
    """

    conversion_ids: list[UUID | None]
    changed: list[UUID]
    rejected: list[RejectedConversion]


async def store_conversions(
    pool: asyncpg.Pool, events: Sequence[ConversionEvent], *, backfill: bool = False
) -> StoredConversions:
    """Keep what is new of these reports and settle their orders, in one transaction; doing it again adds nothing.

    Reports older than LATE_LIMIT_MS or from the future are rejected, unless this is a backfill. What asyncpg raises
    passes through with nothing stored: TRANSIENT_ERRORS ask for another try, others mean that an event is poison.
    """
    zones = await read_zones(pool, {event.account_id for event in events})
    rejected: list[RejectedConversion] = []
    reports: list[NewReport | None] = []
    for event in events:
        reason = _find_fault(event, zones, None if backfill else now_ms())
        reports.append(None if reason else make_report(event))
        if reason:
            rejected.append(RejectedConversion(event, reason))
    changed = await _store_sound(pool, [report for report in reports if report])
    return StoredConversions([report.conversion_id if report else None for report in reports], changed, rejected)


async def preview_conversion(pool: asyncpg.Pool, event: ConversionEvent) -> Decision:
    """What would become of a report if it were the first of its order. Nothing is kept."""
    report = make_report(event)
    known = Known(report.conversion_id, 0, find_kind(event.event), event.event, None, False, (_as_report(report),))
    order = Order(report.order, [known], {}, {})
    async with pool.acquire() as connection:
        traced = await trace(connection, [order], is_locking=False)
    terms = traced.terms.of_account(event.account_id)
    return decide_base(known, traced.tracks[known.conversion_id], terms, utc_now(), LATE)


async def _store_sound(pool: asyncpg.Pool, reports: Iterable[NewReport]) -> list[UUID]:
    news = await _forget_visitors(pool, await select_news(pool, reports))
    while news:
        zones = await read_zones(pool, {report.event.account_id for report in news})
        try:
            changed = await _store_in_transaction(pool, news, zones)
        except ZoneChangedError:
            continue
        await vouch_for_clicks(pool, changed)
        return changed
    return []


async def _forget_visitors(pool: asyncpg.Pool, news: Sequence[NewReport]) -> list[NewReport]:
    """Of visitors who were erased, the names of nobody that their clicks have: the order finds those all the same."""
    wanted = {(report.event.account_id, key) for report in news for key in report.event.visitor_keys}
    forgotten = await read_forgotten(pool, {account_id for account_id, _ in wanted}, wanted)
    if not forgotten:
        return list(news)
    return [report._replace(event=forgotten.blank_report(report.event)) for report in news]


async def _store_in_transaction(pool: asyncpg.Pool, news: Sequence[NewReport], zones: Zones) -> list[UUID]:
    async with pool.acquire() as connection, connection.transaction():
        await hold_orders(connection, news, zones)
        return await store_held(connection, news)


async def hold_orders(connection: asyncpg.Connection, news: Sequence[NewReport], zones: Zones) -> None:
    """Locks: accounts, orders by their keys; then, in `store_held`, clicks by their ids and places under caps; appends
    come last (rule 6). Raises ZoneChangedError.
    """
    keys = {report.order for report in news}
    accounts = sorted({account_id for account_id, _ in keys})
    await fix_zones(connection, zones, accounts)
    await note_conversions_recorded(connection, accounts)
    await insert_orders(connection, keys)
    await lock_orders(connection, keys)


async def store_held(connection: asyncpg.Connection, news: Sequence[NewReport]) -> list[UUID]:
    """In the transaction that holds their orders. Answers with the conversions that stand otherwise."""
    await insert_reports(connection, news)
    maybe_crash("after_conversion_insert")
    occasion = Occasion(EntryCause.REPORTED_AGAIN, frozenset(report.conversion_id for report in news))
    changed = await settle(connection, {report.order for report in news}, occasion, utc_now())
    maybe_crash("before_conversion_commit")
    return changed


def _find_fault(event: ConversionEvent, zones: Zones, now: int | None) -> str | None:
    if event.account_id not in zones.by_account:
        return UNKNOWN_ACCOUNT
    if not event.order_key:
        return NO_KEY
    if event.source not in set(Source) or event.proof not in set(Proof) or not event.event:
        return INVALID
    return None if now is None else find_horizon_fault(event.received_at_ms, now)


def _as_report(report: NewReport) -> Report:
    event = report.event
    return Report(
        source=Source(event.source),
        proof=Proof(event.proof),
        revenue=report.revenue,
        currency=event.currency or None,
        occurred_at=report.occurred_at,
        received_at=report.received_at,
        click_ids=report.click_ids,
        visitor_keys=tuple(event.visitor_keys),
        link_id=event.link_id,
        offer_id=event.offer_id,
        coupon=event.coupon or None,
        ruled_at=None,
    )
