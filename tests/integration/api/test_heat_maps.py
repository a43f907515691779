"""Reports by the hour of the week (CU8)."""

import datetime as dt
from typing import Any, Final

import asyncpg
import pytest

from tests.brand import make_creator, make_link
from tests.clicking import BOT, HUMAN, make_event, store
from tests.integration.api.conftest import Tenant
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("CU8", "R12")

HEAT_MAP: Final = """
    query ($range: DateRange!) { creators(first: 1) { nodes { report(range: $range) {
        totals { uniqueClicks totalClicks } heatMap { weekday hour uniqueClicks totalClicks }
    } } } }
"""
AT: Final = dt.datetime(2026, 11, 15, 18, 20, tzinfo=dt.UTC)  # a Sunday, 23:50 in India


async def test_hours_of_the_week_add_up_to_the_report(acme: Tenant, pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE account SET timezone = 'Asia/Kolkata'")
    creator = await make_creator(acme.account)
    link = await make_link(acme.account, creator)
    whose: dict[str, Any] = {"link_id": link.id, "creator_id": creator.id, "campaign_id": None, "zone": "Asia/Kolkata"}
    clicks = [(AT, 1, HUMAN), (AT, 1, HUMAN), (AT, 2, BOT), (AT + dt.timedelta(minutes=20), 3, HUMAN)]
    events = [
        make_event(acme.account.id, at_ms=int(at.timestamp() * 1000), visitor=visitor, user_agent=agent, **whose)
        for at, visitor, agent in clicks
    ]
    await store(pool, *events, backfill=True)
    await fold_all(pool)

    for wanted in ({"preset": "LIFETIME"}, {"days": {"from": "2026-11-15", "to": "2026-11-16"}}):
        [found] = (await acme.ask(HEAT_MAP, range=wanted))["creators"]["nodes"]
        report = found["report"]
        assert len(report["heatMap"]) == 168
        assert [tuple(cell.values()) for cell in report["heatMap"] if cell["totalClicks"]] == [
            (1, 0, 1, 1),
            (7, 23, 1, 3),
        ]
        assert report["totals"] == {"uniqueClicks": 2, "totalClicks": 4}
    [found] = (await acme.ask(HEAT_MAP, range={"preset": "TODAY"}))["creators"]["nodes"]
    assert {cell["totalClicks"] for cell in found["report"]["heatMap"]} == {0}
