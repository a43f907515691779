"""Conversions by id, of clicks and of orders, with their receipts and entries: each kind together."""

from uuid import UUID

from strawberry.dataloader import DataLoader

from api.batching import make_page_loader
from api.context import Context
from tracking.conversions.ledger import LedgerPage, LedgerRow, ReportRow, find_receipts, list_entries, list_reports
from tracking.conversions.listing import (
    StoredConversion,
    find_conversions,
    list_corrections,
    list_of_clicks,
    list_of_orders,
)
from tracking.conversions.receipts import Receipt


def make_conversion_loader(context: Context) -> DataLoader[UUID, StoredConversion | None]:
    async def load(conversion_ids: list[UUID]) -> list[StoredConversion | None]:
        found = await find_conversions(context.pool, context.account_id, conversion_ids)
        return [found.get(each) for each in conversion_ids]

    return DataLoader(load_fn=load)


def make_click_conversions_loader(context: Context) -> DataLoader[UUID, list[StoredConversion]]:
    """By click."""

    async def load(click_ids: list[UUID]) -> list[list[StoredConversion]]:
        found = await list_of_clicks(context.pool, context.account_id, click_ids)
        return [found.get(each, []) for each in click_ids]

    return DataLoader(load_fn=load)


def make_order_loader(context: Context) -> DataLoader[str, list[StoredConversion]]:
    """By order key."""

    async def load(order_keys: list[str]) -> list[list[StoredConversion]]:
        found = await list_of_orders(context.pool, context.account_id, order_keys)
        return [found.get(each, []) for each in order_keys]

    return DataLoader(load_fn=load)


def make_order_corrections_loader(context: Context) -> DataLoader[str, list[StoredConversion]]:
    """By order key."""

    async def load(order_keys: list[str]) -> list[list[StoredConversion]]:
        found = await list_corrections(context.pool, context.account_id, order_keys)
        return [found.get(each, []) for each in order_keys]

    return DataLoader(load_fn=load)


def make_receipt_loader(context: Context) -> DataLoader[UUID, Receipt | None]:
    """By conversion."""

    async def load(conversion_ids: list[UUID]) -> list[Receipt | None]:
        found = await find_receipts(context.pool, context.account_id, conversion_ids)
        return [found.get(each) for each in conversion_ids]

    return DataLoader(load_fn=load)


def make_report_loader(context: Context) -> DataLoader[UUID, list[ReportRow]]:
    """By conversion."""

    async def load(conversion_ids: list[UUID]) -> list[list[ReportRow]]:
        found = await list_reports(context.pool, context.account_id, conversion_ids)
        return [found.get(each, []) for each in conversion_ids]

    return DataLoader(load_fn=load)


def make_entry_page_loader(context: Context) -> DataLoader[tuple[LedgerPage, UUID], list[LedgerRow]]:
    return make_page_loader(context, list_entries)
