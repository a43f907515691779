from typing import Any

import asyncpg
import pytest
import redis.asyncio

from api.ids import encode_id
from api.pagination import encode_cursor
from tests.brand import make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.streaming import ServedGraph, Stream
from tests.telling import World
from tracking.clock import now_ms
from tracking.events.relay import relay_once
from tracking.links.models import Link

CLICKS = """
    subscription ($filter: ClickFilter, $start: StreamStart) {
        clicks(filter: $filter, start: $start) {
            __typename
            ... on ClickRecorded { cursor click { id counting link { slug } } }
            ... on ClickReclassified { cursor matchesFilter click { id counting } }
            ... on StreamReady { cursor }
            ... on EventGap { cursor reason missed { from to } }
        }
    }
"""


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account))


@pytest.fixture
def world(pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, link: Link) -> World:
    return World(pool, redis_client, link)


async def follow(stream: Stream, **variables: Any) -> str:
    """Subscribe and answer with the cursor at which everything is told."""
    await stream.subscribe(CLICKS, **variables)
    ready = await stream.receive_event()
    assert ready["__typename"] == "StreamReady"
    cursor: str = ready["cursor"]
    return cursor


class TestStream:
    @pytest.mark.feature("R13")
    async def test_a_click_is_told_to_who_listens(
        self, served: ServedGraph, acme: Tenant, world: World, link: Link
    ) -> None:
        await world.click(visitor=1)
        async with served.open_stream(acme.key) as stream:
            await follow(stream)
            click_id = await world.click(visitor=2)

            told = await stream.receive_event()

        assert told["__typename"] == "ClickRecorded"
        assert told["click"] == {"id": click_id, "counting": "UNIQUE", "link": {"slug": link.slug}}

    @pytest.mark.feature("R13")
    async def test_a_reader_resumes_after_any_event_without_loss_or_repetition(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            beginning = await follow(stream)
            at_ms = now_ms()
            events = [world.make_click(visitor=visitor, at_ms=at_ms + visitor) for visitor in range(3)]
            expected = [*await world.store(*events), await world.click(visitor=9)]
            cursors = [beginning] + [(await stream.receive_event())["cursor"] for _ in expected]

            for told_before, cursor in enumerate(cursors):
                operation = f"resumed {told_before}"
                await stream.subscribe(CLICKS, operation=operation, start={"after": cursor})
                resumed = [(await stream.receive_event()) for _ in expected[told_before:]]
                assert [event["click"]["id"] for event in resumed] == expected[told_before:]
                assert (await stream.receive_event())["__typename"] == "StreamReady"
                await stream.send({"type": "complete", "id": operation})

    @pytest.mark.feature("R6", "R13")
    async def test_the_click_that_loses_its_unique_is_told_again(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        at_ms = now_ms()
        late = world.make_click(visitor=5, at_ms=at_ms - 60_000)
        early = world.make_click(visitor=5, at_ms=at_ms, visitor_day=late.visitor_day)
        async with served.open_stream(acme.key) as stream:
            await follow(stream)
            (early_id,) = await world.store(early)
            await stream.receive_event()
            (late_id,) = await world.store(late)

            recorded, reclassified = await stream.receive_event(), await stream.receive_event()

        assert (recorded["__typename"], recorded["click"]["id"]) == ("ClickRecorded", late_id)
        assert recorded["click"]["counting"] == "UNIQUE"
        assert reclassified["__typename"] == "ClickReclassified"
        assert reclassified["click"] == {"id": early_id, "counting": "REPEAT"}

    @pytest.mark.feature("R4", "R13")
    async def test_clicks_that_are_judged_anew_are_told_with_the_one_that_holds_the_unique_now(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        at_ms = now_ms()
        program = world.make_click(visitor=5, at_ms=at_ms - 60_000)
        person = world.make_click(visitor=5, at_ms=at_ms, visitor_day=program.visitor_day)
        program_id, person_id = await world.store(program, person)
        async with served.open_stream(acme.key) as stream:
            await follow(stream)
            await world.find_out_that_it_is_a_program(program)

            told = [await stream.receive_event(), await stream.receive_event()]

        assert [event["__typename"] for event in told] == ["ClickReclassified", "ClickReclassified"]
        assert [event["click"] for event in told] == [
            {"id": program_id, "counting": "BOT"},
            {"id": person_id, "counting": "UNIQUE"},
        ]

    async def test_the_documented_subscription_tells_of_a_click(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(read_query("06"), start={"latest": True})
            assert (await stream.receive_event())["__typename"] == "StreamReady"
            await world.click(visitor=1)

            told = await stream.receive_event()

        assert (told["__typename"], told["click"]["counting"]) == ("ClickRecorded", "UNIQUE")
        assert told["sequence"] > 0

    async def test_only_wanted_clicks_are_told(self, served: ServedGraph, acme: Tenant, world: World) -> None:
        async with served.open_stream(acme.key) as stream:
            await follow(stream, filter={"isCounted": False})
            await world.click(visitor=1)
            (bot_id,) = await world.store(world.make_click(user_agent=BOT))

            assert (await stream.receive_event())["click"]["id"] == bot_id

    @pytest.mark.feature("R4", "R13")
    async def test_a_click_that_leaves_the_filter_is_told_once_more(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await follow(stream, filter={"isCounted": True})
            program = world.make_click(visitor=1)
            (click_id,) = await world.store(program)
            recorded = await stream.receive_event()
            await world.find_out_that_it_is_a_program(program)
            left = await stream.receive_event()

        assert (recorded["__typename"], recorded["click"]["id"]) == ("ClickRecorded", click_id)
        assert (left["__typename"], left["matchesFilter"]) == ("ClickReclassified", False)
        assert left["click"] == {"id": click_id, "counting": "BOT"}

    async def test_what_never_changes_of_a_click_decides_whether_it_is_told(
        self, served: ServedGraph, acme: Tenant, world: World, link: Link
    ) -> None:
        elsewhere = await make_link(acme.account, await make_creator(acme.account, handle="bob"))
        async with served.open_stream(acme.key) as stream:
            await follow(stream, filter={"linkIds": [encode_id("Link", link.id)]})
            other = world.make_click(visitor=1, link_id=elsewhere.id)
            await world.store(other)
            await world.find_out_that_it_is_a_program(other)
            click_id = await world.click(visitor=2)

            assert (await stream.receive_event())["click"]["id"] == click_id

    @pytest.mark.feature("R11", "TR14")
    async def test_another_account_hears_nothing(self, served: ServedGraph, other: Tenant, world: World) -> None:
        other_link = await make_link(other.account, await make_creator(other.account))
        async with served.open_stream(other.key) as stream:
            await follow(stream)
            await world.click(visitor=1)
            own = make_event(other.account.id, link_id=other_link.id)
            (own_id,) = await world.store(own)

            assert (await stream.receive_event())["click"]["id"] == own_id

    async def test_clicks_come_without_redis_too(self, served: ServedGraph, acme: Tenant, world: World) -> None:
        async with served.open_stream(acme.key) as stream:
            await follow(stream)
            await store(world.pool, world.make_click())
            async with world.pool.acquire() as connection, connection.transaction():
                await relay_once(connection)  # and nobody wakes the reader

            assert (await stream.receive_event())["__typename"] == "ClickRecorded"


class TestGaps:
    @pytest.mark.feature("R13")
    async def test_a_cursor_older_than_the_log_is_an_explicit_gap(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            cursor = await follow(stream)
            for visitor in range(3):
                await world.click(visitor)
                await stream.receive_event()
            await world.pool.execute("DELETE FROM event_log WHERE position < (SELECT max(position) FROM event_log)")
            await stream.subscribe(CLICKS, operation="2", start={"after": cursor})
            resumed = [await stream.receive_event() for _ in range(3)]

        assert [event["__typename"] for event in resumed] == ["EventGap", "ClickRecorded", "StreamReady"]
        assert resumed[0]["reason"] == "CURSOR_TOO_OLD"
        assert resumed[0]["missed"]["from"] <= resumed[0]["missed"]["to"]

    @pytest.mark.feature("R13")
    async def test_a_cursor_beyond_the_log_is_an_explicit_gap(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await world.click(1)
            cursor = await follow(stream)
            await world.pool.execute("SELECT setval(pg_get_serial_sequence('event_log', 'position'), 1)")
            await world.pool.execute("DELETE FROM event_log")
            await stream.subscribe(CLICKS, operation="2", start={"after": cursor})
            gap = await stream.receive_event()

        assert (gap["__typename"], gap["reason"]) == ("EventGap", "LOG_LOST")

    @pytest.mark.parametrize("forged", [(-5, -5, "2026-01-01T00:00:00"), (0, 2**62, "0001-01-01T00:00:00Z")])
    async def test_a_forged_cursor_only_chooses_what_is_told(
        self, served: ServedGraph, acme: Tenant, forged: tuple[object, ...], world: World
    ) -> None:
        await world.click(1)
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(CLICKS, start={"after": encode_cursor(forged, "clicks.log")})
            told = [await stream.receive_event()]
            while told[-1]["__typename"] != "StreamReady":
                told.append(await stream.receive_event())

        assert {event["__typename"] for event in told} <= {"EventGap", "ClickRecorded", "StreamReady"}

    @pytest.mark.parametrize("start", [{"after": "garbage"}, {"latest": False}])
    async def test_a_start_that_cannot_be_meant_is_refused(
        self, served: ServedGraph, acme: Tenant, start: dict[str, object]
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(CLICKS, start=start)
            message = await stream.receive()

        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"]


class TestFailures:
    @pytest.mark.feature("R13")
    async def test_a_stream_ends_after_an_event_that_could_not_be_told(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        """If it went on, the cursor of the next event would hide the one that is missing."""
        too_many = "link { clicks(first: 101) { nodes { id } } }"
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(f"subscription {{ clicks {{ ... on ClickRecorded {{ click {{ {too_many} }} }} }} }}")
            assert (await stream.receive())["type"] == "next"
            await world.click(visitor=1)
            await world.click(visitor=2)
            ends = [await stream.receive() for _ in range(3)]

        assert [message["type"] for message in ends] == ["next", "next", "complete"]
        codes = [message["payload"]["errors"][0]["extensions"]["code"] for message in ends[:2]]
        assert codes == ["BAD_USER_INPUT", "INTERNAL_ERROR"]
