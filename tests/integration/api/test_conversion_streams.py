"""The subscription `conversions`; what it shares with that of clicks is tested there."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
import redis.asyncio

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.converting import fill_inbox, make_report
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.streaming import ServedGraph, Stream
from tracking.clicks.event import Fact
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.conversions.store import store_conversions
from tracking.events.relay import relay_once, wake_readers
from tracking.links.models import Link

pytestmark = pytest.mark.feature("R13")

LIVE = read_query("15")


class World:
    """Conversions of one account's link, and the relay that tells of them."""

    def __init__(self, pool: asyncpg.Pool, client: redis.asyncio.Redis, link: Link) -> None:
        self.pool = pool
        self.link = link
        self._client = client

    async def report(self, **changes: Any) -> UUID:
        """Its id. It is in the log afterwards, and readers are woken."""
        made = make_report(self.link.account_id, **{"link_id": self.link.id, **changes})
        [conversion_id] = (await store_conversions(self.pool, [made])).conversion_ids
        assert conversion_id is not None
        await self.relay()
        return conversion_id

    async def approve(self, conversion_id: UUID) -> None:
        await approve_conversions(self.pool, self.link.account_id, [conversion_id])
        await self.relay()

    async def relay(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            positions = await relay_once(connection)
        await wake_readers(self._client, positions)


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account))


@pytest.fixture
def world(pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, link: Link) -> World:
    return World(pool, redis_client, link)


async def follow(stream: Stream, **variables: Any) -> str:
    """Subscribe and answer with the cursor at which everything is told."""
    await stream.subscribe(LIVE, **variables)
    ready = await stream.receive_event()
    assert ready["__typename"] == "StreamReady"
    cursor: str = ready["cursor"]
    return cursor


def name(event: dict[str, Any]) -> tuple[str, str, str]:
    conversion = event["conversion"]
    return event["__typename"], conversion["id"], conversion["status"]


class TestStream:
    async def test_a_conversion_is_told_when_it_is_stored_and_when_it_stands_otherwise(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await follow(stream)
            held = await world.report(proof=Proof.NONE, source=Source.PIXEL)
            recorded = await stream.receive_event()
            await world.approve(held)
            changed = await stream.receive_event()

        held_id = encode_id("Conversion", held)
        assert name(recorded) == ("ConversionRecorded", held_id, "HELD")
        assert name(changed) == ("ConversionChanged", held_id, "APPROVED")
        assert changed["conversion"]["value"] == {"amount": "12.50", "currency": "EUR"}

    async def test_a_reader_resumes_after_any_event(self, served: ServedGraph, acme: Tenant, world: World) -> None:
        async with served.open_stream(acme.key) as stream:
            cursors = [await follow(stream)]
            expected = [encode_id("Conversion", await world.report()) for _ in range(3)]
            cursors += [(await stream.receive_event())["cursor"] for _ in expected]

            for told_before, cursor in enumerate(cursors):
                operation = f"resumed {told_before}"
                await stream.subscribe(LIVE, operation=operation, start={"after": cursor})
                resumed = [(await stream.receive_event()) for _ in expected[told_before:]]
                assert [event["conversion"]["id"] for event in resumed] == expected[told_before:]
                assert (await stream.receive_event())["__typename"] == "StreamReady"
                await stream.send({"type": "complete", "id": operation})

    async def test_the_filter_is_asked_of_what_it_is_when_it_is_told(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await follow(stream, filter={"isInInbox": False})
            held = await world.report(proof=Proof.NONE, source=Source.PIXEL)
            approved = await world.report()
            await world.approve(held)

            told = [await stream.receive_event() for _ in range(2)]

        assert [name(event)[:2] for event in told] == [
            ("ConversionRecorded", encode_id("Conversion", approved)),
            ("ConversionChanged", encode_id("Conversion", held)),
        ]

    async def test_a_conversion_that_leaves_the_filter_is_told_once_more(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        query = """subscription ($filter: ConversionFilter) { conversions(filter: $filter) {
            ... on ConversionRecorded { type conversion { id } }
            ... on ConversionChanged { type matchesFilter conversion { id status } }
        } }"""
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(query, filter={"statuses": ["APPROVED"]})
            assert await stream.receive_event() == {}
            conversion_id = await world.report()
            recorded = await stream.receive_event()
            await reject_conversions(world.pool, acme.account.id, [conversion_id])
            await world.relay()
            left = await stream.receive_event()

        named = encode_id("Conversion", conversion_id)
        assert recorded == {"type": "CONVERSION_RECORDED", "conversion": {"id": named}}
        assert left == {
            "type": "CONVERSION_CHANGED",
            "matchesFilter": False,
            "conversion": {"id": named, "status": "REJECTED"},
        }

    async def test_clicks_are_not_told_among_them_nor_they_among_clicks(
        self, served: ServedGraph, acme: Tenant, world: World
    ) -> None:
        clicks = "subscription { clicks { __typename } }"
        async with served.open_stream(acme.key) as stream, served.open_stream(acme.key) as other:
            await follow(stream)
            await other.subscribe(clicks)
            assert (await other.receive_event())["__typename"] == "StreamReady"
            await store(world.pool, make_event(acme.account.id, link_id=world.link.id))
            await world.relay()
            conversion_id = await world.report()
            await store(world.pool, make_event(acme.account.id, link_id=world.link.id, visitor=2))
            await world.relay()

            assert name(await stream.receive_event())[1] == encode_id("Conversion", conversion_id)
            told = [(await other.receive_event())["__typename"] for _ in range(2)]

        assert told == ["ClickRecorded", "ClickRecorded"]

    async def test_a_cursor_of_clicks_is_refused(self, served: ServedGraph, acme: Tenant) -> None:
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe("subscription { clicks { ... on StreamReady { cursor } } }")
            cursor = (await stream.receive_event())["cursor"]
            await stream.subscribe(LIVE, operation="2", start={"after": cursor})
            message = await stream.receive()

        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"]

    @pytest.mark.feature("R11")
    async def test_another_account_hears_nothing(
        self, served: ServedGraph, other: Tenant, world: World, pool: asyncpg.Pool
    ) -> None:
        async with served.open_stream(other.key) as stream:
            await follow(stream)
            await world.report()
            [own] = (await store_conversions(pool, [make_report(other.account.id)])).conversion_ids
            await world.relay()

            assert name(await stream.receive_event())[1] == encode_id("Conversion", own or UUID(int=0))


@pytest.mark.feature("TR13", "TR15")
async def test_the_documented_inbox_says_why_each_does_not_count(acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
    test = make_event(acme.account.id, link_id=link.id, facts=Fact.TEST)
    await store(pool, test)
    await fill_inbox(pool, acme.account.id, link_id=link.id, uncounted=test.click_id)

    nodes = (await acme.ask(read_query("14")))["conversions"]["nodes"]

    by_status: dict[str, list[Any]] = {}
    for node in nodes:
        by_status.setdefault(node["status"], []).append(node)
    [held], [unmatched] = by_status["HELD"], by_status["UNMATCHED"]
    assert {status: len(found) for status, found in by_status.items()} == {"HELD": 1, "UNMATCHED": 1, "CONFLICT": 2}
    assert held["explanation"].startswith("Held until somebody looks at it: nothing proves that the brand sent it")
    assert {report["revenue"] for report in held["reports"]} == {"12.50", "99.00"}
    assert held["reports"][0]["coupon"] == "ANN10"
    [candidate] = unmatched["receipt"]["candidates"]
    assert candidate["click"]["counting"] == "TEST"
    assert candidate["explanation"].startswith("It is not counted: a program's")
    assert {node["conflictsWith"]["id"] for node in by_status["CONFLICT"]} == {held["id"], unmatched["id"]}
