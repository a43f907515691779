"""The earliest counted click holds the unique, in whatever order clicks arrive (rules 5 and 6)."""

import asyncio
import datetime as dt
import random
from typing import Any

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, HOUR_MS, make_account, make_event, read_tables, read_totals, store
from tracking.clicks.event import ClickEvent
from tracking.events.outbox import EventKind
from tracking.reports.audit import audit

pytestmark = pytest.mark.feature("R5", "R6")

NOON_MS = int(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC).timestamp() * 1000)


def to_contact(account_id: int, contact_id: int, **changes: Any) -> ClickEvent:
    return make_event(account_id, contact_id=contact_id, message_id=9, visitor=contact_id, **changes)


async def read_unique_hours(pool: asyncpg.Pool) -> list[tuple[int, int]]:
    """Hour of the day and uniques, for the account, everything folded."""
    await read_tables(pool)
    rows = await pool.fetch(
        "SELECT extract(hour FROM bucket)::int AS hour, unique_clicks FROM rollup"
        " WHERE scope = 1 AND grain = 1 AND unique_clicks <> 0 ORDER BY bucket"
    )
    return [tuple(row) for row in rows]


class TestVisitorsOfALink:
    async def test_a_visitor_is_unique_once_a_day_and_again_the_next(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        for at_ms in (NOON_MS, NOON_MS + HOUR_MS, NOON_MS + DAY_MS):
            await store(pool, make_event(account_id, at_ms=at_ms), backfill=True)

        totals = await read_totals(pool, account_id)

        assert (totals["counted_clicks"], totals["unique_clicks"]) == (3, 2)

    async def test_a_visitor_is_unique_on_each_link(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        await store(pool, make_event(account_id, link_id=1), make_event(account_id, link_id=2))

        assert (await read_totals(pool, account_id))["unique_clicks"] == 2

    async def test_a_bot_is_never_unique_and_takes_no_place(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        await store(pool, make_event(account_id, at_ms=NOON_MS, user_agent=BOT), backfill=True)
        await store(pool, make_event(account_id, at_ms=NOON_MS + HOUR_MS), backfill=True)

        assert await read_unique_hours(pool) == [(13, 1)]


class TestTakeOver:
    async def test_an_earlier_click_that_comes_late_takes_the_unique_over(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        late, early = make_event(account_id, at_ms=NOON_MS), make_event(account_id, at_ms=NOON_MS - 2 * HOUR_MS)
        await store(pool, late, backfill=True)
        assert await read_unique_hours(pool) == [(12, 1)]

        await store(pool, early, backfill=True)

        assert await read_unique_hours(pool) == [(10, 1)]
        assert (await pool.fetchval("SELECT click_id FROM unique_click")).bytes == early.click_id
        assert (await audit(pool)).differences == []

    async def test_a_later_click_takes_nothing(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        await store(pool, make_event(account_id, at_ms=NOON_MS), backfill=True)
        await store(pool, make_event(account_id, at_ms=NOON_MS + HOUR_MS), backfill=True)

        assert await read_unique_hours(pool) == [(12, 1)]

    async def test_the_event_log_is_told_who_lost_and_who_won(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        late, early = make_event(account_id, at_ms=NOON_MS), make_event(account_id, at_ms=NOON_MS - 2 * HOUR_MS)
        await store(pool, late, backfill=True)
        await store(pool, early, backfill=True)

        moved = await pool.fetchval("SELECT ids FROM event_outbox WHERE kind = $1", EventKind.UNIQUES_MOVED)

        assert [click_id.bytes for click_id in moved] == [late.click_id, early.click_id]

    async def test_a_holder_whose_click_is_gone_keeps_its_unit(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        late = make_event(account_id, at_ms=NOON_MS)
        await store(pool, late, backfill=True)
        await pool.execute("DELETE FROM click")

        await store(pool, make_event(account_id, at_ms=NOON_MS - HOUR_MS), backfill=True)

        assert (await pool.fetchval("SELECT click_id FROM unique_click")).bytes == late.click_id
        assert await read_unique_hours(pool) == [(12, 1)]


class TestContactsOfAMessage:
    async def test_a_contact_is_unique_once_for_ever_on_all_links_of_a_message(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        for day, slot in ((0, 0), (1, 0), (40, 1)):
            event = to_contact(account_id, 4, link_id=20 + slot, slot=slot, at_ms=NOON_MS + day * DAY_MS)
            await store(pool, event, backfill=True)

        totals = await read_totals(pool, account_id)

        assert (totals["counted_clicks"], totals["unique_clicks"]) == (3, 1)

    async def test_a_take_over_moves_the_unit_to_the_other_slot(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        of_first = to_contact(account_id, 4, link_id=20, slot=0, creator_id=1, at_ms=NOON_MS)
        of_second = to_contact(account_id, 4, link_id=21, slot=1, creator_id=2, at_ms=NOON_MS - 30 * DAY_MS)
        await store(pool, of_first, backfill=True)
        await store(pool, of_second, backfill=True)
        await read_tables(pool)

        uniques = await pool.fetch(
            "SELECT first_key, unique_clicks FROM rollup WHERE scope = 3 AND grain = 3 ORDER BY first_key"
        )

        assert [tuple(row) for row in uniques] == [(1, 0), (2, 1)]
        assert (await audit(pool)).differences == []


async def test_batches_that_overlap_are_stored_at_once_without_deadlock(pool: asyncpg.Pool) -> None:
    account_id = await make_account(pool)
    chance = random.Random(7)  # noqa: S311 -- the same clicks in every run
    events = [make_event(account_id, visitor=chance.randrange(30), link_id=1 + chance.randrange(5)) for _ in range(400)]
    await store(pool, events[0])
    batches = [chance.sample(events, 250) for _ in range(8)] + [events]

    await asyncio.gather(*(store(pool, *batch) for batch in batches))

    totals = await read_totals(pool, account_id)
    assert totals["human_clicks"] == 400
    assert totals["unique_clicks"] == len({(event.visitor_key, event.link_id) for event in events})
    assert (await audit(pool)).differences == []
