"""Clicks that come as late as they may while months of others go: both are as if nothing went on beside them."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.clicking import DAY_MS, make_account, make_event, read_tables, store
from tracking.clicks.event import ClickEvent
from tracking.clicks.retention import expire_clicks
from tracking.clicks.store import LATE_LIMIT_MS
from tracking.clock import now_ms, utc_now
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("TR23", "R12")
BUCKET, EPOCH = 5, dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MARGIN_MS = 60_000  # until they are stored


async def test_clicks_at_the_limit_come_in_while_months_go(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    await pool.execute("UPDATE account SET retention_days = 36, attribution_window_s = 86400")
    old = [make_event(account_id, at_ms=now_ms() - days * DAY_MS, visitor=days) for days in (38, 37, 150, 220, 300)]
    await store(pool, *old, backfill=True)
    before = await read_tables(pool)
    at_ms = now_ms() - LATE_LIMIT_MS + MARGIN_MS

    def make_late(visitor: int) -> ClickEvent:
        return make_event(account_id, at_ms=at_ms + visitor, visitor=visitor, visitor_day=at_ms // DAY_MS)

    async def come_late() -> None:
        for visitor in range(20):
            batch = await store(pool, make_late(visitor), make_late(visitor))
            assert len(batch.stored) == 2

    async with asyncio.TaskGroup() as beside:
        beside.create_task(come_late())
        beside.create_task(expire_clicks(pool, utc_now()))
    await expire_clicks(pool, utc_now())

    assert await pool.fetchval("SELECT count(*) FROM click") == 40
    assert await pool.fetchval("SELECT count(*) FROM unique_click") == 20
    after = await read_tables(pool)
    of_a_time = {row for row in before["rollups"] if row[BUCKET] > EPOCH}
    assert len(of_a_time) > 5
    assert of_a_time <= set(after["rollups"])
    assert (await audit(pool)).differences == []
