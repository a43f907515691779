"""What streams tell when the database was away, or when the log is not the one that they read before (R13)."""

import asyncpg
import pytest

import api.events.feeds.account_feeds
from api.context import Context
from api.events.types import EventGap, GapReason, StreamStart
from tests.telling import World, follow_clicks, read_clicks
from tests.waiting import eventually
from tracking.database import TRANSIENT_ERRORS

pytestmark = pytest.mark.feature("R13")

# Whoever waits for a lock, as a feed does that reads the log.
END_WAITING = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted"


async def test_streams_go_on_after_the_database_was_away(context: Context, world: World) -> None:
    async with follow_clicks(context) as reader:
        await _end_sessions(world.pool)
        (click_id,) = await _insist(world)

        assert await reader.take_clicks(1) == [click_id]


async def test_a_log_that_was_restored_from_a_backup_is_an_explicit_gap(context: Context, world: World) -> None:
    """Positions are given out again: a cursor of before stands at another event now."""
    async with follow_clicks(context) as reader:
        await world.click(1)
        await reader.take()
        cursor = reader.cursor
    await world.pool.execute("TRUNCATE event_log RESTART IDENTITY")
    await world.click(2)
    async with read_clicks(context, StreamStart(after=cursor)) as resumed:
        gap = await resumed.take()

    assert isinstance(gap, EventGap)
    assert gap.reason is GapReason.LOG_LOST


async def test_who_listens_while_a_backup_is_restored_is_told_of_it(context: Context, world: World) -> None:
    async with follow_clicks(context) as reader:
        await world.click(1)
        await reader.take()
        async with world.pool.acquire() as restoring, restoring.transaction():
            await restoring.execute("TRUNCATE event_log RESTART IDENTITY")
            await eventually(lambda: restoring.fetchval(END_WAITING))
        gap = await reader.take()
        assert isinstance(gap, EventGap)
        assert gap.reason is GapReason.LOG_LOST

        (later,) = await world.click_often(1)
        assert await reader.take_clicks(1) == [later]


async def test_a_hole_in_the_log_before_what_a_feed_reads_next_is_told(
    context: Context, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.events.feeds.account_feeds, "LOOK_AGAIN_S", 3_600.0)
    async with follow_clicks(context) as reader:
        await world.click(1)
        await reader.take()
        await world.click_unheard()
        await world.pool.execute("DELETE FROM event_log")
        (kept,) = await world.click_often(1)
        gap = await reader.take()
        assert isinstance(gap, EventGap)
        assert gap.reason is GapReason.SLOW_CONSUMER

        assert await reader.take_clicks(1) == [kept]


async def _end_sessions(pool: asyncpg.Pool) -> None:
    await pool.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def _insist(world: World) -> list[str]:
    """Of several tries the last one is told; the connections that were ended are noticed one by one."""
    while True:
        try:
            return await world.click_often(1)
        except TRANSIENT_ERRORS:
            continue
