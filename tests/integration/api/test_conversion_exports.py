"""Conversions as a file: each as it stands, with its money and whose it is."""

import asyncpg
import pytest

from tests.exporting import CLICKED_AT_MS, export, make_link_of_creator, read_csv
from tests.integration.api.conftest import Tenant
from tests.settling import click, convert, find_id, report_click, take_out

pytestmark = pytest.mark.feature("IM21", "R7")


@pytest.fixture
async def sold(acme: Tenant, pool: asyncpg.Pool) -> list[str]:
    """A sale by a click, part of which was refunded, and one that names nothing and is held: their ids."""
    link = await make_link_of_creator(acme.account)
    clicked = await click(
        pool,
        acme.account.id,
        at_ms=CLICKED_AT_MS,
        link_id=link.id,
        campaign_id=link.campaign_id,
        creator_id=link.creator_id,
    )
    sale = report_click(clicked, txn_id="=A-1", revenue="40.00", currency="USD")
    refund = take_out(sale, "refund", "R-1", "12.50", received_at_ms=sale.received_at_ms + 60_000)
    lost = report_click(clicked, txn_id="A-2", click_ids=[], received_at_ms=sale.received_at_ms + 120_000)
    await convert(pool, sale, refund, lost)
    return [str(find_id(each)) for each in (sale, refund, lost)]


async def test_every_conversion_is_a_row_with_how_it_stands(acme: Tenant, sold: list[str], pool: asyncpg.Pool) -> None:
    found = await export(acme.ask, pool, kind="CONVERSIONS")

    rows = read_csv((await acme.graph.client.get(found["downloadUrl"])).content)
    assert [row["conversion_id"] for row in rows] == sold
    names = ("txn_id", "part", "kind", "status", "is_counted", "value", "currency", "method", "creator_handle")
    assert [[row[name] for name in names] for row in rows] == [
        ["'=A-1", "", "SALE", "APPROVED", "true", "40.00", "USD", "CLICK_ID", "anna"],
        ["'=A-1", "R-1", "REFUND", "APPROVED", "false", "-12.50", "USD", "CLICK_ID", "anna"],
        ["A-2", "", "SALE", "HELD", "false", "12.50", "EUR", "NONE", ""],
    ]
    assert rows[0]["clicked_at"] == "2026-03-29T01:30:00.000000+00:00"
    assert rows[0]["occurred_at"] == "2026-03-29T01:31:00.000000+00:00"


@pytest.mark.usefixtures("sold")
async def test_a_range_is_of_when_they_happened(acme: Tenant, pool: asyncpg.Pool) -> None:
    ranges = [{"days": {"from": day, "to": day}} for day in ("2026-03-28", "2026-03-29")]

    found = [await export(acme.ask, pool, kind="CONVERSIONS", parameters={"range": each}) for each in ranges]
    counted = await export(acme.ask, pool, kind="CONVERSIONS", parameters={"countedOnly": True})

    assert [each["rowsDone"] for each in [*found, counted]] == [0, 3, 1]


@pytest.mark.usefixtures("sold")
async def test_nothing_of_another_account_is_in_it(acme: Tenant, other: Tenant, pool: asyncpg.Pool) -> None:
    assert (await export(other.ask, pool, kind="CONVERSIONS"))["rowsDone"] == 0
