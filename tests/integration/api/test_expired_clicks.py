"""What a brand sees of clicks that are past their time: reports as before, and of a click nothing, which is said."""

import json
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import DAY_MS, store
from tests.exporting import export, read_csv
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tests.telling import World
from tests.traits import catch_up
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now

pytestmark = pytest.mark.feature("TR23")
LIST = "{ clicks(first: 10) { nodes { id } } }"
NODE = "query ($id: ID!) { node(id: $id) { id ... on Click { explanation counting } } }"
REPORT = """
    { links(first: 5) { nodes {
        totals { totalClicks countedClicks uniqueClicks }
        report(range: {preset: LIFETIME}) {
            series(grain: DAY) { at metrics { countedClicks uniqueClicks } }
            breakdown(by: BROWSER, first: 10) { nodes { label metrics { countedClicks uniqueClicks } } }
            heatMap { weekday hour totalClicks uniqueClicks }
        }
    } } }
"""
CLICKS = """
    subscription ($start: StreamStart) {
        clicks(start: $start) {
            __typename
            ... on ClickRecorded { click { id } }
            ... on ClickReclassified { click { id } }
            ... on EventGap { reason }
        }
    }
"""


@pytest.fixture
async def world(acme: Tenant, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> World:
    """An account that keeps clicks for 40 days."""
    await pool.execute("UPDATE account SET retention_days = 40")
    return World(pool, redis_client, await make_link(acme.account, await make_creator(acme.account)))


async def click(world: World, *days: int) -> list[str]:
    """So many days ago each, by another visitor."""
    events = [world.make_click(at_ms=now_ms() - each * DAY_MS, visitor=each) for each in days]
    stored = (await store(world.pool, *events, backfill=True)).stored
    await world.relay()
    return [encode_id("Click", click_id) for click_id in stored]


async def test_a_click_is_null_and_its_neighbours_are_listed(acme: Tenant, world: World) -> None:
    old, young = await click(world, 50, 5)
    assert "Counted" in (await acme.ask(NODE, id=old))["node"]["explanation"]

    await expire_clicks(world.pool, utc_now())

    assert (await acme.ask(NODE, id=old))["node"] is None
    assert (await acme.ask(NODE, id=young))["node"]["counting"] == "UNIQUE"
    assert (await acme.ask(LIST))["clicks"] == {"nodes": [{"id": young}]}


async def test_reports_are_the_same_to_the_byte(acme: Tenant, world: World) -> None:
    await click(world, 50, 49, 5)
    await catch_up(world.pool)

    async def read_report() -> bytes:
        return json.dumps(await acme.ask(REPORT)).encode()

    before = await read_report()
    await expire_clicks(world.pool, utc_now())

    assert b'"uniqueClicks": 3' in before
    assert await world.pool.fetchval("SELECT count(*) FROM click") == 1
    assert await read_report() == before


async def test_an_export_has_what_is_kept(acme: Tenant, world: World) -> None:
    await click(world, 50, 5)
    await expire_clicks(world.pool, utc_now())

    made = await export(acme.ask, world.pool, kind="CLICKS")
    answer = await acme.graph.client.get(made["downloadUrl"])

    assert (made["status"], made["rowsTotal"], len(read_csv(answer.content))) == ("COMPLETED", 1, 1)


@pytest.mark.feature("R13")
async def test_who_resumes_before_it_is_told_what_is_kept_and_then_that_all_is_told(
    acme: Tenant, world: World, served: ServedGraph
) -> None:
    """Events live for less long than clicks, so that but a click that was brought in late is missing."""
    start: dict[str, Any] = {"since": "2020-01-01T00:00:00Z"}
    _, young = await click(world, 50, 5)
    await expire_clicks(world.pool, utc_now())

    told: list[dict[str, Any]] = []
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(CLICKS, start=start)
        while not told or told[-1]["__typename"] != "StreamReady":
            told.append(await stream.receive_event())

    assert [each for each in told if "click" in each] == [{"__typename": "ClickRecorded", "click": {"id": young}}]
