"""Clicks and conversions, as payloads say them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.bots.verdicts import list_reasons
from tracking.clicks.ids import read_click_ms
from tracking.clicks.queries import StoredClick, find_clicks
from tracking.conversions.listing import StoredConversion, find_conversions
from tracking.events.payloads.facts import Facts, Places
from tracking.events.payloads.names import Names, read_names
from tracking.events.payloads.things import ClickPayload, ConversionPayload, Device, Money, Reference
from tracking.graph_ids import write_graph_id
from tracking.money import Money as Amount
from tracking.reports.buckets import find_buckets

_ZONE: Final = "SELECT timezone FROM account WHERE id = $1"
_EVER: Final = f"""
    SELECT DISTINCT conversion_id, {", ".join(Places._fields)} FROM conversion_entry
    WHERE account_id = $1 AND conversion_id = ANY ($2::uuid[])
"""


async def describe_clicks(
    connection: asyncpg.Connection, account_id: int, click_ids: Sequence[UUID], public_port: int | None
) -> dict[UUID, tuple[Facts, ClickPayload]]:
    found = await find_clicks(connection, account_id, click_ids)
    zone = ZoneInfo(await connection.fetchval(_ZONE, account_id))
    names = await read_names(
        connection, account_id, (row.link_id for row in found.values()), found.values(), public_port
    )
    return {click_id: (_state_click(row), _tell_click(row, zone, names)) for click_id, row in found.items()}


async def describe_conversions(
    connection: asyncpg.Connection, account_id: int, conversion_ids: Sequence[UUID], public_port: int | None
) -> dict[UUID, tuple[Facts, ConversionPayload]]:
    found = await find_conversions(connection, account_id, conversion_ids)
    names = await read_names(
        connection, account_id, (row.link_id for row in found.values()), found.values(), public_port
    )
    ever: dict[UUID, set[Places]] = {}
    for conversion_id, *places in await connection.fetch(_EVER, account_id, list(found)):
        ever.setdefault(conversion_id, set()).add(Places(*places))
    return {
        conversion_id: (
            Facts(Places.of(row), frozenset(ever.get(conversion_id, ())), status=row.status),
            _tell_conversion(row, names),
        )
        for conversion_id, row in found.items()
    }


def _state_click(row: StoredClick) -> Facts:
    places = Places.of(row)
    return Facts(places, frozenset((places,)), verdict=row.verdict, counting=row.counting)


def _tell_click(row: StoredClick, zone: ZoneInfo, names: Names) -> ClickPayload:
    holder = row.unique_holder_id
    return ClickPayload(
        id=write_graph_id("Click", row.id),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        changed_at=row.changed_at,
        day=find_buckets(read_click_ms(row.id.bytes), zone).day,
        counting=row.counting.name,
        verdict=row.verdict.name,
        traffic_class=row.traffic_class.name,
        is_counted=row.is_counted,
        reasons=tuple(str(reason.name) for reason in list_reasons(row.reason_bits)),
        unique_holder_id=None if holder is None else write_graph_id("Click", holder),
        placement=row.placement,
        referrer_host=row.referrer_host,
        country=row.country,
        device=Device(browser=row.browser, os=row.os, device=row.device, in_app_browser=row.in_app_browser),
        link=names.link(row.link_id),
        **names.of(row),
    )


def _tell_conversion(row: StoredConversion, names: Names) -> ConversionPayload:
    return ConversionPayload(
        id=write_graph_id("Conversion", row.id),
        event=row.event,
        kind=row.kind.name,
        txn_id=row.txn_id,
        refund_id=row.part or None,
        status=row.status.name,
        reason=row.reason.name,
        trust=row.trust.name,
        source=row.source.name,
        method=row.method.name,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        recorded_at=row.recorded_at,
        value=_tell_money(row.value_minor, row.value_currency),
        payout=_tell_money(row.payout_minor, row.payout_currency),
        is_counted=row.is_counted,
        click=None if row.click_id is None else Reference(id=write_graph_id("Click", row.click_id)),
        clicked_at=row.clicked_at,
        link=names.link(row.link_id),
        **names.of(row),
    )


def _tell_money(minor: int | None, currency: str | None) -> Money | None:
    if minor is None or currency is None:
        return None
    return Money(amount=Amount(minor, currency).amount, amount_minor=minor, currency=currency)
