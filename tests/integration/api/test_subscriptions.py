from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import redis.asyncio

from api.ids import encode_id
from tests.brand import make_brand, make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.streaming import ServedGraph, Stream, serve_graph
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key, revoke_api_key
from tracking.clicks.event import ClickEvent
from tracking.clock import now_ms
from tracking.events.relay import relay_once, wake_readers
from tracking.links.models import Link
from tracking.settings import Settings

CLICKS = """
    subscription ($filter: ClickFilter, $start: StreamStart) {
        clicks(filter: $filter, start: $start) {
            __typename
            ... on ClickRecorded { cursor click { id counting link { slug } } }
            ... on ClickReclassified { cursor click { id counting } }
            ... on StreamReady { cursor }
            ... on EventGap { cursor reason missed { from to } }
        }
    }
"""


@pytest.fixture
async def served(settings: Settings) -> AsyncIterator[ServedGraph]:
    async with serve_graph(settings) as graph:
        yield graph


@pytest.fixture
async def account(served: ServedGraph) -> Account:
    return await make_brand()


@pytest.fixture
async def link(account: Account) -> Link:
    return await make_link(account, await make_creator(account))


async def make_key(account: Account) -> str:
    return (await create_api_key(account.id, "test", [Scope.READ])).token


class World:
    """Clicks on one link, and the relay that tells of them."""

    def __init__(self, pool: asyncpg.Pool, client: redis.asyncio.Redis, link: Link) -> None:
        self.pool = pool
        self._client = client
        self._link = link

    def make_click(self, **changes: Any) -> ClickEvent:
        return make_event(self._link.account_id, link_id=self._link.id, **changes)

    async def store(self, *events: ClickEvent) -> list[str]:
        """Their global ids, in order. They are in the log afterwards, and readers are woken."""
        stored = (await store(self.pool, *events)).stored
        async with self.pool.acquire() as connection, connection.transaction():
            positions = await relay_once(connection)
        await wake_readers(self._client, positions)
        return [encode_id("Click", UUID(str(click_id))) for click_id in stored]

    async def click(self, visitor: int) -> str:
        (click_id,) = await self.store(self.make_click(visitor=visitor))
        return click_id


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
        self, served: ServedGraph, account: Account, world: World, link: Link
    ) -> None:
        await world.click(visitor=1)
        async with served.open_stream(await make_key(account)) as stream:
            await follow(stream)
            click_id = await world.click(visitor=2)

            told = await stream.receive_event()

        assert told["__typename"] == "ClickRecorded"
        assert told["click"] == {"id": click_id, "counting": "UNIQUE", "link": {"slug": link.slug}}

    @pytest.mark.feature("R13")
    async def test_a_reader_resumes_after_any_event_without_loss_or_repetition(
        self, served: ServedGraph, account: Account, world: World
    ) -> None:
        async with served.open_stream(await make_key(account)) as stream:
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
        self, served: ServedGraph, account: Account, world: World
    ) -> None:
        at_ms = now_ms()
        late = world.make_click(visitor=5, at_ms=at_ms - 60_000)
        early = world.make_click(visitor=5, at_ms=at_ms, visitor_day=late.visitor_day)
        async with served.open_stream(await make_key(account)) as stream:
            await follow(stream)
            (early_id,) = await world.store(early)
            await stream.receive_event()
            (late_id,) = await world.store(late)

            recorded, reclassified = await stream.receive_event(), await stream.receive_event()

        assert (recorded["__typename"], recorded["click"]["id"]) == ("ClickRecorded", late_id)
        assert recorded["click"]["counting"] == "UNIQUE"
        assert reclassified["__typename"] == "ClickReclassified"
        assert reclassified["click"] == {"id": early_id, "counting": "REPEAT"}

    async def test_only_wanted_clicks_are_told(self, served: ServedGraph, account: Account, world: World) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            await follow(stream, filter={"isCounted": False})
            await world.click(visitor=1)
            (bot_id,) = await world.store(world.make_click(user_agent=BOT))

            assert (await stream.receive_event())["click"]["id"] == bot_id

    @pytest.mark.feature("R11", "TR14")
    async def test_another_account_hears_nothing(self, served: ServedGraph, world: World) -> None:
        other = await make_brand("globex")
        other_link = await make_link(other, await make_creator(other))
        async with served.open_stream(await make_key(other)) as stream:
            await follow(stream)
            await world.click(visitor=1)
            own = make_event(other.id, link_id=other_link.id)
            (own_id,) = await world.store(own)

            assert (await stream.receive_event())["click"]["id"] == own_id

    async def test_clicks_come_without_redis_too(self, served: ServedGraph, account: Account, world: World) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            await follow(stream)
            await store(world.pool, world.make_click())
            async with world.pool.acquire() as connection, connection.transaction():
                await relay_once(connection)  # and nobody wakes the reader

            assert (await stream.receive_event())["__typename"] == "ClickRecorded"


class TestGaps:
    @pytest.mark.feature("R13")
    async def test_a_cursor_older_than_the_log_is_an_explicit_gap(
        self, served: ServedGraph, account: Account, world: World
    ) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            cursor = await follow(stream)
            for visitor in range(3):
                await world.click(visitor)
            await world.pool.execute("DELETE FROM event_log WHERE position < (SELECT max(position) FROM event_log)")
            await stream.subscribe(CLICKS, operation="2", start={"after": cursor})
            told = [await stream.receive() for _ in range(6)]

        resumed = [each["payload"]["data"]["clicks"] for each in told if each["id"] == "2"]
        assert [event["__typename"] for event in resumed] == ["EventGap", "ClickRecorded", "StreamReady"]
        assert resumed[0]["reason"] == "CURSOR_TOO_OLD"
        assert resumed[0]["missed"]["from"] <= resumed[0]["missed"]["to"]

    @pytest.mark.feature("R13")
    async def test_a_cursor_beyond_the_log_is_an_explicit_gap(
        self, served: ServedGraph, account: Account, world: World
    ) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            await world.click(1)
            cursor = await follow(stream)
            await world.pool.execute("SELECT setval(pg_get_serial_sequence('event_log', 'position'), 1)")
            await world.pool.execute("DELETE FROM event_log")
            await stream.subscribe(CLICKS, operation="2", start={"after": cursor})
            gap = await stream.receive_event()

        assert (gap["__typename"], gap["reason"]) == ("EventGap", "LOG_LOST")

    @pytest.mark.parametrize("start", [{"after": "garbage"}, {"latest": False}])
    async def test_a_start_that_cannot_be_meant_is_refused(
        self, served: ServedGraph, account: Account, start: dict[str, object]
    ) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            await stream.subscribe(CLICKS, start=start)
            message = await stream.receive()

        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["BAD_USER_INPUT"]


class TestCredentials:
    async def test_a_revoked_key_ends_its_streams(
        self, served: ServedGraph, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.clicks.subscriptions.RECHECK_S", 0)
        made = await create_api_key(account.id, "test", [Scope.READ])
        async with served.open_stream(made.token) as stream:
            await follow(stream)
            await revoke_api_key(account.id, made.row.id)

            message = await stream.receive()

        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"

    @pytest.mark.parametrize("key", [None, "ct_live_unknown0_" + "x" * 40, "garbage"])
    async def test_no_connection_without_a_key(self, served: ServedGraph, key: str | None) -> None:
        async with served.connect() as stream:
            await stream.init(key)

            assert await stream.receive_close() == 4403

    async def test_a_key_may_come_in_the_header_of_the_handshake(self, served: ServedGraph, account: Account) -> None:
        headers = {"Authorization": f"Bearer {await make_key(account)}"}
        async with served.connect(headers=headers) as stream:
            await stream.init(None)

            assert await stream.receive() == {"type": "connection_ack"}


class TestProtocol:
    @pytest.mark.parametrize(
        "text", ["[]", '"x"', "1", "null", "{", "{}", '{"type": 5}', '{"type": "nothing"}', '{"type": "subscribe"}',
                 '{"type": "subscribe", "id": [], "payload": {"query": "{ __typename }"}}',
                 '{"type": "subscribe", "id": "1", "payload": "x"}', '{"type": "complete", "id": {}}',
                 '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
                 '{"type": "connection_init", "payload": 1}']
    )  # fmt: skip
    async def test_garbage_closes_the_connection(self, served: ServedGraph, text: str) -> None:
        async with served.connect() as stream:
            await stream.send_text(text)

            assert await stream.receive_close() == 4400

    async def test_nothing_is_answered_before_the_key(self, served: ServedGraph) -> None:
        async with served.connect() as stream:
            await stream.subscribe("{ __typename }")

            assert await stream.receive_close() == 4401

    async def test_a_page_of_another_origin_cannot_connect(self, served: ServedGraph) -> None:
        with pytest.raises(Exception, match="403"):
            async with served.connect(headers={"Origin": "https://evil.example"}):
                pass

    async def test_a_connection_has_at_most_ten_subscriptions(self, served: ServedGraph, account: Account) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            for number in range(11):
                await stream.subscribe(CLICKS, operation=str(number))
            answers = [await stream.receive() for _ in range(11)]

        refused = [answer for answer in answers if answer["type"] == "error"]
        assert [answer["id"] for answer in refused] == ["10"]

    async def test_a_message_beyond_the_limit_closes_the_connection(self, served: ServedGraph) -> None:
        async with served.connect() as stream:
            await stream.send_text(" " * (64 * 1024 + 1))

            assert await stream.receive_close() == 1009

    async def test_queries_over_one_connection_see_what_changes(self, served: ServedGraph, account: Account) -> None:
        async with served.open_stream(await make_key(account)) as stream:
            names = []
            for name in ("Acme", "Ajax"):
                await Account.filter(id=account.id).update(name=name)
                await stream.subscribe("{ viewer { account { name } } }")
                names.append((await stream.receive_event())["account"]["name"])
                assert (await stream.receive())["type"] == "complete"

        assert names == ["Acme", "Ajax"]
