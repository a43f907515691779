"""The subscription `linkStats`: what links count now, whenever it changes."""

from typing import Any

import asyncpg
import pytest

from api.boards import Board, Watcher
from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.converting import make_report
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.sessions import open_creator_session
from tests.streaming import ServedGraph, Stream
from tests.waiting import eventually
from tracking.conversions.store import store_conversions
from tracking.links.models import Link
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R12", "R13")

STATS = """
    subscription ($links: [ID!]!) {
        linkStats(linkIds: $links) { linkId link { slug } metrics { uniqueClicks repeatClicks conversions } asOf }
    }
"""
OWN_STATS = "subscription ($links: [ID!]!) { linkStats(linkIds: $links) { linkId metrics { uniqueClicks } } }"


@pytest.fixture
async def links(acme: Tenant) -> list[Link]:
    creator = await make_creator(acme.account)
    return [await make_link(acme.account, creator) for _ in range(2)]


def name(link: Link) -> str:
    return encode_id("Link", link.id)


async def click(pool: asyncpg.Pool, link: Link, visitor: int) -> None:
    await store(pool, make_event(link.account_id, link_id=link.id, visitor=visitor))
    await fold_all(pool)


async def wait_for_uniques(stream: Stream, link: Link, uniques: int) -> dict[str, Any]:
    while True:
        told = await stream.receive_event()
        if told["linkId"] == name(link) and told["metrics"]["uniqueClicks"] == uniques:
            return told


class TestStats:
    async def test_each_is_told_at_once_and_again_when_it_changes(
        self, served: ServedGraph, acme: Tenant, pool: asyncpg.Pool, links: list[Link]
    ) -> None:
        await click(pool, links[0], visitor=1)
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(STATS, links=[name(link) for link in links])
            first = [await stream.receive_event() for _ in links]
            await click(pool, links[1], visitor=1)
            second = await stream.receive_event()

        counts = {"repeatClicks": 0, "conversions": None}
        assert [(each["linkId"], each["metrics"]) for each in (*first, second)] == [
            (name(links[0]), {"uniqueClicks": 1, **counts}),
            (name(links[1]), {"uniqueClicks": 0, **counts}),
            (name(links[1]), {"uniqueClicks": 1, **counts}),
        ]
        assert second["link"] == {"slug": links[1].slug}
        assert second["asOf"] >= first[0]["asOf"]

    async def test_the_documented_subscription_tells_totals(
        self, served: ServedGraph, acme: Tenant, pool: asyncpg.Pool, links: list[Link]
    ) -> None:
        await click(pool, links[0], visitor=1)
        async with served.open_stream(acme.key) as stream:
            given = {"linkIds": [name(links[0])]}
            payload = {"query": read_query("26"), "operationName": "LiveTotals", "variables": given}
            await stream.send({"type": "subscribe", "id": "1", "payload": payload})
            told = await stream.receive_event()

        assert told["metrics"] == {"totalClicks": 1, "uniqueClicks": 1, "botClicks": 0}

    async def test_a_conversion_is_a_change_too(
        self, served: ServedGraph, acme: Tenant, pool: asyncpg.Pool, links: list[Link]
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(STATS, links=[name(links[0])])
            await stream.receive_event()
            event = make_event(acme.account.id, link_id=links[0].id)
            await store(pool, event)
            await store_conversions(pool, [make_report(acme.account.id, click_ids=[event.click_id])])
            await fold_all(pool)
            told = await wait_for_uniques(stream, links[0], 1)
            while told["metrics"]["conversions"] != 1:
                told = await stream.receive_event()

        assert told["metrics"] == {"uniqueClicks": 1, "repeatClicks": 0, "conversions": 1}

    async def test_nothing_is_watched_any_more_when_the_last_has_left(
        self, graph: Graph, served: ServedGraph, acme: Tenant, links: list[Link]
    ) -> None:
        async def count() -> int:
            return len(graph.app.state.services.boards.links)

        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(STATS, links=[name(link) for link in links])
            await stream.receive_event()
            assert await count() == 2

        await eventually(count, lambda watched: watched == 0)

    async def test_a_creator_hears_of_own_links_alone(
        self, served: ServedGraph, acme: Tenant, links: list[Link]
    ) -> None:
        other = await make_creator(acme.account, "other")
        foreign = await make_link(acme.account, other)
        token = await open_creator_session(acme.graph, acme.key, other)
        async with served.open_stream(token) as stream:
            await stream.subscribe(OWN_STATS, links=[name(foreign)])
            assert await stream.receive_event() == {"linkId": name(foreign), "metrics": {"uniqueClicks": 0}}
            await stream.subscribe(OWN_STATS, operation="2", links=[name(links[0])])
            refused = await stream.receive()

        [error] = refused["payload"]["errors"]
        assert error["message"] == "`linkIds[0]` is no link of this account."

    @pytest.mark.parametrize(("count", "message"), [(0, "are 1 to 1,000"), (1_001, "are 1 to 1,000"), (2, "twice")])
    async def test_lists_that_cannot_be_meant_are_refused(
        self, served: ServedGraph, acme: Tenant, links: list[Link], count: int, message: str
    ) -> None:
        async with served.open_stream(acme.key) as stream:
            await stream.subscribe(STATS, links=[name(links[0])] * count)
            [error] = (await stream.receive())["payload"]["errors"]

        assert message in error["message"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


class TestBoard:
    async def test_who_takes_slowly_holds_the_last_state_of_each_and_no_more(self) -> None:
        watcher: Watcher[str, int] = Watcher(["a", "b"], every_s=0)
        for state in range(1_000):
            watcher.offer("a", state)
            watcher.offer("b", -state)
        news = watcher.follow()

        assert [await anext(news), await anext(news)] == [("a", 999), ("b", -999)]

    async def test_what_stays_as_it_is_is_not_told_again(self) -> None:
        states = {"a": 1}

        async def read(_keys: object) -> dict[str, int]:
            return dict(states)

        board: Board[str, int] = Board(read, every_s=0)
        async with board.watch(["a"]) as watcher:
            news = watcher.follow()
            assert await anext(news) == ("a", 1)
            await board.look()
            states["a"] = 2
            await board.look()
            assert await anext(news) == ("a", 2)
