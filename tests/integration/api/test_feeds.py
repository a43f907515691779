"""What streams share: one feed for each account, and how a reader gets from the log to the feed and back."""

import asyncio
import random

import asyncpg
import pytest

import api.events.feeds.account_feeds
import api.events.subscriptions
from api.clicks.subscriptions import TOPIC, ClickRecorded
from api.context import Context
from api.events.feeds.cursors import read_cursor
from api.events.types import EventGap, GapReason, StreamCheckpoint, StreamReady, StreamStart
from api.ids import encode_id
from tests.clicking import make_account, make_event, store
from tests.telling import Reader, World, follow_clicks, read_clicks
from tests.traits import relay_all
from tests.waiting import eventually
from tracking.clicks.filters import ClickFilter
from tracking.events.outbox import EventKind
from tracking.events.types import STRIDES

pytestmark = pytest.mark.feature("R13")

FEW = 50
WRITES = 40


@pytest.fixture
def holds_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.events.feeds.account_feeds, "HELD_FOR_THE_SLOW", FEW)


async def read_log(pool: asyncpg.Pool) -> list[str]:
    """The ids that are told, in the order of the log."""
    rows = await pool.fetch("SELECT kind, ids FROM event_log ORDER BY position")
    return [encode_id("Click", each) for row in rows for each in row["ids"][:: STRIDES.get(EventKind(row["kind"]), 1)]]


class TestOrder:
    @pytest.mark.parametrize("seed", range(3))
    async def test_whoever_starts_wherever_is_told_the_same_while_clicks_come_in(
        self, context: Context, world: World, seed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """From the log to the feed without loss or repetition, whatever comes between."""
        monkeypatch.setattr(api.events.feeds.account_feeds, "HELD_FOR_THE_SLOW", 10)
        chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
        told_to: list[list[str]] = []
        async with asyncio.TaskGroup() as tasks, follow_clicks(context) as first:
            beginning = first.cursor
            readers = []
            for number in range(WRITES):
                if number % 2 == 0:
                    told_to.append([])
                    readers.append(tasks.create_task(_read(context, beginning, told_to[-1], chance)))
                await _write(world, chance)
                await asyncio.sleep(chance.choice([0, 0, 0.01 * (number % 3)]))
            expected = await read_log(world.pool)
            assert await first.take_clicks(len(expected)) == expected
            await eventually(lambda: _are_all(told_to, expected))
            for each in readers:
                each.cancel()

        assert len(expected) > 40

    async def test_who_read_further_than_the_feed_is_told_nothing_twice(
        self, context: Context, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api.events.feeds.account_feeds, "LOOK_AGAIN_S", 3_600.0)
        async with follow_clicks(context) as one:
            unheard = await world.click_unheard()
            async with read_clicks(context, StreamStart(after=one.cursor)) as other:
                assert await other.take_clicks(1) == [unheard]
                assert isinstance(await other.take(), StreamReady)
                (later,) = await world.click_often(1)
                assert await other.take_clicks(1) == [later]
            assert await one.take_clicks(2) == [unheard, later]

    async def test_a_feed_begins_with_its_first_subscriber_and_ends_with_its_last(
        self, context: Context, world: World
    ) -> None:
        async with follow_clicks(context) as one:
            async with follow_clicks(context) as other:
                (click_id,) = await world.click_often(1)
                assert [await one.take_clicks(1), await other.take_clicks(1)] == [[click_id]] * 2
                assert len(context.feeds) == 1
            await world.click(visitor=7)
            assert len(await one.take_clicks(1)) == 1
        assert len(context.feeds) == 0


class TestOthers:
    """Whatever else the process does goes on between two messages of a stream that has many to tell."""

    async def test_have_their_turn_between_messages_of_the_feed(self, context: Context, world: World) -> None:
        async with follow_clicks(context) as reader:
            await world.click_often(FEW)
            assert await _count_turns_of_others(reader, FEW) == FEW

    async def test_have_their_turn_between_messages_of_the_log(self, context: Context, world: World) -> None:
        async with follow_clicks(context) as reader:
            beginning = reader.cursor
        await world.click_often(FEW)
        async with read_clicks(context, StreamStart(after=beginning)) as late:
            assert await _count_turns_of_others(late, FEW) == FEW


async def _count_turns_of_others(reader: Reader, messages: int) -> int:
    turns: list[int] = []
    for number in range(messages):
        asyncio.get_running_loop().call_soon(turns.append, number)
        await reader.take_clicks(1)
    return len(turns)


async def _write(world: World, chance: random.Random) -> None:
    events = [world.make_click(visitor=chance.randrange(9)) for _ in range(chance.randint(1, 5))]
    await world.store(*events)
    if chance.random() < 0.3:
        await world.find_out_that_it_is_a_program(events[0])


async def _read(context: Context, after: str, told: list[str], chance: random.Random) -> None:
    """Until it is cancelled; with pauses, so that it loses its seat in the feed."""
    async with read_clicks(context, StreamStart(after=after)) as reader:
        while True:
            event = await reader.take()
            if not isinstance(event, StreamReady | StreamCheckpoint | EventGap):
                told.append(event.click.id)
            if chance.random() < 0.2:
                await asyncio.sleep(0.01)


async def _are_all(told_to: list[list[str]], expected: list[str]) -> bool:
    return all(told == expected for told in told_to)


@pytest.mark.usefixtures("holds_few")
class TestSlowReaders:
    async def test_who_is_slow_loses_nothing_as_long_as_the_log_holds(self, context: Context, world: World) -> None:
        async with follow_clicks(context) as slow, follow_clicks(context) as quick:
            expected = [*await world.click_often(2 * FEW), *await world.click_often(3 * FEW)]
            assert await quick.take_clicks(5 * FEW) == expected

            assert await slow.take_clicks(5 * FEW) == expected
            for _ in range(2):  # by the log, then by the feed again, without another StreamReady
                (later,) = await world.click_often(1)
                assert [await slow.take_clicks(1), await quick.take_clicks(1)] == [[later]] * 2

    async def test_whom_the_retention_of_the_log_overtakes_is_told_what_is_missing(
        self, context: Context, world: World
    ) -> None:
        async with follow_clicks(context) as slow, follow_clicks(context) as quick:
            missing = [await world.click(visitor) for visitor in range(3 * FEW)]
            assert await quick.take_clicks(3 * FEW) == missing
            await world.pool.execute("DELETE FROM event_log")
            (kept,) = await world.click_often(1)
            assert await quick.take_clicks(1) == [kept]

            gap = await slow.take()
            assert isinstance(gap, EventGap)
            assert gap.reason is GapReason.SLOW_CONSUMER
            assert await slow.take_clicks(1) == [kept]
        stored = await world.pool.fetch(
            "SELECT id FROM click WHERE recorded_at >= $1 AND recorded_at < $2", gap.missed.from_, gap.missed.to
        )
        assert {encode_id("Click", row["id"]) for row in stored} >= set(missing)

    async def test_who_is_a_little_behind_is_served_by_the_feed(self, context: Context, world: World) -> None:
        """What shows that the log is what saved the slow one above: it is empty here."""
        async with follow_clicks(context) as behind, follow_clicks(context) as quick:
            expected = await world.click_often(FEW // 2)
            assert await quick.take_clicks(FEW // 2) == expected
            await world.pool.execute("DELETE FROM event_log")

            assert await behind.take_clicks(FEW // 2) == expected


class TestCheckpoints:
    async def test_a_stream_with_nothing_to_tell_has_a_fresh_cursor_all_the_same(
        self, context: Context, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api.events.subscriptions, "CHECKPOINT_EVERY_S", 0.1)
        async with follow_clicks(context, ClickFilter(link_ids=[0])) as reader:
            await world.click_often(3)
            told = await world.pool.fetchval("SELECT max(position) FROM event_log")
            while read_cursor(reader.cursor, TOPIC.cursor).position < told:
                assert isinstance(await reader.take(), StreamCheckpoint)
        async with read_clicks(context, StreamStart(after=reader.cursor)) as resumed:
            assert isinstance(await resumed.take(), StreamReady)

    def test_streams_that_were_opened_together_are_due_at_different_moments(self) -> None:
        assert [api.events.subscriptions.find_quiet_s(chance) for chance in (0.0, 0.5, 1.0)] == [15.0, 22.5, 30.0]

    async def test_what_others_do_keeps_a_cursor_young_too(
        self, context: Context, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api.events.subscriptions, "CHECKPOINT_EVERY_S", 0.1)
        async with follow_clicks(context) as reader:
            await store(world.pool, make_event(await make_account(world.pool, slug="neighbour")))
            await relay_all(world.pool)
            last = await world.pool.fetchval("SELECT max(position) FROM event_log")

            while read_cursor(reader.cursor, TOPIC.cursor).position < last:
                assert isinstance(await reader.take(), StreamCheckpoint)

    async def test_a_resumed_stream_that_skips_very_much_has_one_before_the_end(
        self, context: Context, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api.events.subscriptions, "SKIPPED_IDS", 2)
        async with follow_clicks(context) as reader:
            beginning = reader.cursor
        await world.click_often(3)
        async with read_clicks(context, StreamStart(after=beginning), ClickFilter(link_ids=[0])) as resumed:
            assert [type(await resumed.take()) for _ in range(2)] == [StreamCheckpoint, StreamReady]


class TestEvents:
    async def test_an_event_says_what_it_is_and_when(self, context: Context, world: World) -> None:
        async with follow_clicks(context) as one, follow_clicks(context) as other:
            await world.click(visitor=1)
            told, same = await _take(one), await _take(other)
        row = await world.pool.fetchrow(
            "SELECT position, logged_at, (SELECT occurred_at FROM click) AS occurred_at FROM event_log"
            " ORDER BY position DESC LIMIT 1"
        )
        assert (told.type, told.version, told.sequence) == ("click.recorded", 1, row["position"])
        assert (told.occurred_at, told.recorded_at) == (row["occurred_at"], row["logged_at"])
        assert told.id == same.id


async def _take(reader: Reader) -> ClickRecorded:
    told = await reader.take()
    assert isinstance(told, ClickRecorded)
    return told
