"""Storing clicks: each once, all counted, none where it does not belong."""

import asyncio
import datetime as dt

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, HOUR_MS, HUMAN, make_account, make_event, read_tables, read_totals, store
from tracking.clicks.event import Fact
from tracking.clicks.store import EARLY_LIMIT_MS, LATE_LIMIT_MS
from tracking.clock import now_ms
from tracking.events.outbox import EventKind

pytestmark = pytest.mark.feature("R3")


class TestOnce:
    async def test_second_delivery_adds_nothing(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        events = [make_event(account_id, visitor=visitor) for visitor in range(5)]
        first = await store(pool, *events)
        tables = await read_tables(pool)

        again = await store(pool, *events)

        assert (len(first.stored), len(again.stored)) == (5, 0)
        assert await read_tables(pool) == tables

    async def test_a_click_twice_in_a_batch_is_one(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        event = make_event(account_id)

        assert len((await store(pool, event, event)).stored) == 1
        assert (await read_totals(pool, account_id))["human_clicks"] == 1

    async def test_of_a_batch_that_is_partly_known_the_rest_is_stored(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        events = [make_event(account_id, visitor=visitor) for visitor in range(6)]
        await store(pool, *events[::2])

        stored = (await store(pool, *events)).stored

        assert {click_id.bytes for click_id in stored} == {event.click_id for event in events[1::2]}
        assert (await read_totals(pool, account_id))["unique_clicks"] == 6

    async def test_a_batch_that_fails_leaves_nothing(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)

        with pytest.raises(OverflowError):
            await store(pool, make_event(account_id), make_event(account_id, link_id=2**63))

        assert await pool.fetchval("SELECT count(*) FROM click") == 0
        assert await pool.fetchval("SELECT count(*) FROM rollup_delta") == 0
        assert await pool.fetchval("SELECT count(*) FROM event_outbox") == 0


class TestCounts:
    @pytest.mark.feature("R4")
    async def test_columns_add_up(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        await store(
            pool,
            make_event(account_id, visitor=1),
            make_event(account_id, visitor=1),
            make_event(account_id, visitor=2, user_agent=b"", facts=Fact.USER_AGENT_MISSING),
            make_event(account_id, visitor=3, user_agent=BOT),
            make_event(account_id, visitor=4, facts=Fact.PREFETCH),
            make_event(account_id, visitor=5, user_agent=b"Slackbot-LinkExpanding 1.0"),
            make_event(account_id, visitor=6, facts=Fact.TEST),
        )

        assert await read_totals(pool, account_id) == {
            "human_clicks": 2,
            "suspect_clicks": 1,
            "bot_clicks": 1,
            "preview_fetches": 1,
            "prefetches": 1,
            "test_clicks": 1,
            "counted_clicks": 3,
            "unique_clicks": 2,
            "unique_by_contact": 0,
            "unique_by_cookie": 0,
            "unique_by_hash": 2,
        }

    async def test_hours_and_days_are_those_of_the_account(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool, timezone="Asia/Kolkata")
        at = dt.datetime(2026, 3, 10, 20, 15, tzinfo=dt.UTC)  # 01:45 of the next day there
        event = make_event(account_id, at_ms=int(at.timestamp() * 1000), zone="Asia/Kolkata")
        await store(pool, event, backfill=True)
        await read_totals(pool, account_id)

        buckets = await pool.fetch("SELECT grain, bucket FROM rollup WHERE scope = 1 ORDER BY grain")

        assert [tuple(row) for row in buckets[:2]] == [
            (1, dt.datetime(2026, 3, 10, 19, 30, tzinfo=dt.UTC)),
            (2, dt.datetime(2026, 3, 10, 18, 30, tzinfo=dt.UTC)),
        ]

    @pytest.mark.feature("R13")
    async def test_a_batch_tells_each_account_its_own_clicks_once(self, pool: asyncpg.Pool) -> None:
        one, other = await make_account(pool, slug="one"), await make_account(pool, slug="other")
        events = [make_event(one, link_id=1), make_event(other, link_id=2), make_event(one, link_id=1, visitor=2)]
        await store(pool, *events)

        told = await pool.fetch("SELECT account_id, kind, ids FROM event_outbox ORDER BY account_id")

        assert [(row["account_id"], row["kind"]) for row in told] == [
            (one, EventKind.CLICKS_STORED),
            (other, EventKind.CLICKS_STORED),
        ]
        assert [{click_id.bytes for click_id in row["ids"]} for row in told] == [
            {events[0].click_id, events[2].click_id},
            {events[1].click_id},
        ]


class TestHorizon:
    @pytest.mark.parametrize(
        ("age_ms", "reasons"),
        [
            (LATE_LIMIT_MS + HOUR_MS, ["too_late"]),
            (LATE_LIMIT_MS - HOUR_MS, []),
            (-EARLY_LIMIT_MS // 2, []),
            (-EARLY_LIMIT_MS * 2, ["from_the_future"]),
        ],
    )
    async def test_clicks_far_from_now_are_rejected(self, pool: asyncpg.Pool, age_ms: int, reasons: list[str]) -> None:
        account_id = await make_account(pool)

        batch = await store(pool, make_event(account_id, at_ms=now_ms() - age_ms))

        assert [rejected.reason for rejected in batch.rejected] == reasons
        assert await pool.fetchval("SELECT count(*) FROM click") == 1 - len(reasons)

    async def test_a_backfill_may_be_as_old_as_it_likes(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)

        batch = await store(pool, make_event(account_id, at_ms=now_ms() - 500 * DAY_MS), backfill=True)

        assert (len(batch.stored), batch.rejected) == (1, [])

    async def test_a_click_of_nobody_is_rejected_and_the_others_stored(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)

        batch = await store(pool, make_event(account_id + 1), make_event(account_id))

        assert [rejected.reason for rejected in batch.rejected] == ["unknown_account"]
        assert len(batch.stored) == 1


class TestUserAgents:
    @pytest.mark.feature("R10")
    async def test_each_distinct_one_is_kept_once_and_parsed(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        instagram = HUMAN + b" Instagram 300.0.0"
        await store(pool, *(make_event(account_id, visitor=n, user_agent=HUMAN) for n in range(3)))
        await store(pool, make_event(account_id, user_agent=HUMAN), make_event(account_id, user_agent=instagram))

        kept = await pool.fetch("SELECT user_agent, browser, os, in_app_browser FROM user_agent ORDER BY id")

        assert [tuple(row)[1:] for row in kept] == [("Chrome", "Linux", None), ("Instagram", "Linux", "Instagram")]
        assert await pool.fetchval("SELECT count(DISTINCT user_agent_id) FROM click") == 2

    async def test_two_workers_that_meet_a_new_one_agree_on_its_number(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        batches = [[make_event(account_id, visitor=n, user_agent=b"new/1.0")] for n in range(8)]

        await asyncio.gather(*(store(pool, *batch) for batch in batches))

        assert await pool.fetchval("SELECT count(*) FROM user_agent") == 1
        assert await pool.fetchval("SELECT count(DISTINCT user_agent_id) FROM click") == 1

    async def test_bytes_that_are_no_text_are_kept_as_well_as_can_be(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)

        assert len((await store(pool, make_event(account_id, user_agent=b"odd \xff\x00 agent"))).stored) == 1
