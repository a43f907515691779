from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.statements import recorded_statements
from tracking.clicks.event import ClickEvent, Fact
from tracking.clock import now_ms
from tracking.links.models import Link
from tracking.settings import Settings

PAGE = """
    query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: ClickOrder) {
        clicks(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
            nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        }
    }
"""

OLDEST_FIRST = {"field": "OCCURRED_AT", "direction": "ASC"}


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "mia"))


def click_on(link: Link, **changes: Any) -> ClickEvent:
    return make_event(
        link.account_id, link_id=link.id, campaign_id=link.campaign_id, creator_id=link.creator_id, **changes
    )


async def store_ids(pool: asyncpg.Pool, *events: ClickEvent) -> list[str]:
    """Global ids, the newest first."""
    return [encode_id("Click", click_id) for click_id in sorted((await store(pool, *events)).stored, reverse=True)]


class TestClick:
    @pytest.mark.feature("R4", "R5", "IM12")
    async def test_it_says_why_it_counts_or_not(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        at_ms = now_ms()
        first = click_on(link, at_ms=at_ms - 2, visitor=1)
        repeat = click_on(link, at_ms=at_ms - 1, visitor=1, visitor_day=first.visitor_day)
        bot = click_on(link, at_ms=at_ms, visitor=2, facts=Fact.HEAD)
        _, _, first_id = await store_ids(pool, first, repeat, bot)

        nodes = (await acme.ask(read_query("05")))["clicks"]["nodes"]

        assert [node["counting"] for node in nodes] == ["BOT", "REPEAT", "UNIQUE"]
        assert [(node["uniqueHolder"] or {}).get("id") for node in nodes] == [None, first_id, first_id]
        assert nodes[0]["explanation"] == (
            "Not counted: it is a program. Seen: it asked for headers only (HEAD), as programs do that check links."
        )
        assert nodes[0]["verdict"] == {"verdict": "BOT", "class": "INVALID", "reasons": [{"code": "METHOD_HEAD"}]}
        assert nodes[2]["explanation"].startswith("Counted as unique: the first counted click of this visitor")
        assert nodes[2]["device"] == {"browser": "Chrome", "os": "Linux", "inAppBrowser": None}
        assert nodes[2]["referrerHost"] == "www.instagram.com"
        assert nodes[2]["link"] == {"shortUrl": nodes[0]["link"]["shortUrl"], "creator": {"handle": "mia"}}

    @pytest.mark.feature("R4")
    async def test_one_on_a_test_link_is_told_apart_from_a_program(
        self, acme: Tenant, pool: asyncpg.Pool, link: Link
    ) -> None:
        await store_ids(pool, click_on(link, facts=Fact.TEST))

        [node] = (await acme.ask(read_query("05")))["clicks"]["nodes"]

        assert node["counting"] == "TEST"
        assert node["explanation"] == (
            "Not counted: it is a test. Seen: its link is a test link, or somebody sent it to try links out."
        )

    async def test_it_is_found_by_its_id(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        [click_id] = await store_ids(pool, click_on(link))

        data = await acme.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=click_id)

        assert data["node"] == {"__typename": "Click", "id": click_id}

    @pytest.mark.usefixtures("answered_once")
    async def test_a_page_asks_as_often_however_long_it_is(
        self, settings: Settings, acme: Tenant, pool: asyncpg.Pool, link: Link, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_ms = now_ms()
        counted = []
        with recorded_statements(monkeypatch) as statements:
            async with open_graph(settings) as graph:
                for clicks in (2, 18):
                    await store_ids(pool, *(click_on(link, at_ms=at_ms, visitor=each % 5) for each in range(clicks)))
                    statements.clear()
                    data = await graph.ask(read_query("05"), api_key=acme.key)
                    counted.append((len(data["clicks"]["nodes"]), len(statements)))

        (of_two, few), (of_twenty, many) = counted
        assert (of_two, of_twenty) == (2, 20)
        assert few == many


class TestPages:
    async def test_rows_that_arrive_while_somebody_pages_shift_nothing(
        self, acme: Tenant, pool: asyncpg.Pool, link: Link
    ) -> None:
        at_ms = now_ms() - 1_000
        expected = await store_ids(pool, *(click_on(link, at_ms=at_ms + number) for number in range(7)))
        seen: list[str] = []
        cursor = None
        has_more = True
        while has_more:
            page = (await acme.ask(PAGE, first=3, after=cursor))["clicks"]
            seen += [node["id"] for node in page["nodes"]]
            cursor, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            await store_ids(pool, click_on(link))

        assert seen == expected

    async def test_backwards_shows_the_same_pages(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        at_ms = now_ms() - 1_000
        ids = await store_ids(pool, *(click_on(link, at_ms=at_ms + number) for number in range(5)))

        last = (await acme.ask(PAGE, last=2))["clicks"]
        before = (await acme.ask(PAGE, last=2, before=last["pageInfo"]["startCursor"]))["clicks"]
        oldest = (await acme.ask(PAGE, first=2, orderBy=OLDEST_FIRST))["clicks"]

        assert [node["id"] for node in last["nodes"]] == ids[3:]
        assert [node["id"] for node in before["nodes"]] == ids[1:3]
        assert [node["id"] for node in oldest["nodes"]] == ids[:2:-1]
        assert (last["pageInfo"]["hasPreviousPage"], last["pageInfo"]["hasNextPage"]) == (True, False)

    async def test_a_cursor_of_another_order_is_refused(self, acme: Tenant, pool: asyncpg.Pool, link: Link) -> None:
        await store_ids(pool, click_on(link))
        cursor = (await acme.ask(PAGE, first=1))["clicks"]["pageInfo"]["endCursor"]

        assert await acme.refuse(PAGE, first=1, after=cursor, orderBy=OLDEST_FIRST) == "BAD_USER_INPUT"
