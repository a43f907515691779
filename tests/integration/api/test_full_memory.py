"""A Redis that has no memory left refuses the api what needs some: everything is answered, as without Redis."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from tests.brand import make_campaign, make_creator
from tests.clicking import store
from tests.exporting import read_export_id, request
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tests.telling import World
from tracking.events.relay import relay_once, wake_readers
from tracking.exports.running import run_export
from tracking.streams import JOBS_QUEUE

pytestmark = pytest.mark.feature("R8", "R13")

IDS = "{ creators { nodes { id } } campaigns { nodes { id } } }"
CREATE = """
    mutation ($input: CreateCreatorLinkInput!) {
        createCreatorLink(input: $input) { ... on CreateCreatorLinkSuccess { link { id } } }
    }
"""
EXPORT = "query ($id: ID!) { node(id: $id) { ... on Export { status } } }"
CLICKS = "subscription { clicks { __typename ... on StreamReady { cursor } } }"


@pytest.fixture(autouse=True)
async def full(redis_client: redis.asyncio.Redis) -> AsyncIterator[None]:
    await redis_client.config_set("maxmemory", 1)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        await redis_client.set("anything", 1)
    yield
    await redis_client.config_set("maxmemory", 0)


async def test_a_mutation_answers_and_its_repeat_makes_no_second_link(acme: Tenant) -> None:
    await make_creator(acme.account, "ada")
    await make_campaign(acme.account, "Summer")
    ids = await acme.ask(IDS)
    given: dict[str, Any] = {
        "creatorId": ids["creators"]["nodes"][0]["id"],
        "campaignId": ids["campaigns"]["nodes"][0]["id"],
        "destinationUrl": "https://brand.example/bio",
        "idempotencyKey": "once",
    }

    answers = await asyncio.gather(*(acme.ask(CREATE, input=given) for _ in range(3)))

    assert len({answer["createCreatorLink"]["link"]["id"] for answer in answers}) == 1
    assert len((await acme.ask("{ links { nodes { id } } }"))["links"]["nodes"]) == 1


async def test_an_export_that_no_job_could_be_queued_for_waits_for_the_worker(
    acme: Tenant, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
) -> None:
    global_id = await request(acme.ask, kind="CLICKS")
    assert await redis_client.zcard(JOBS_QUEUE) == 0
    assert (await acme.ask(EXPORT, id=global_id))["node"]["status"] == "QUEUED"

    await run_export(pool, read_export_id(global_id), None)  # as the worker's cron does each minute

    assert (await acme.ask(EXPORT, id=global_id))["node"]["status"] == "COMPLETED"


async def test_a_stream_hears_of_a_click(
    served: ServedGraph, acme: Tenant, world: World, redis_client: redis.asyncio.Redis
) -> None:
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(CLICKS)
        assert (await stream.receive_event())["__typename"] == "StreamReady"
        await store(world.pool, world.make_click())
        async with world.pool.acquire() as connection, connection.transaction():
            positions = await relay_once(connection)
        await wake_readers(redis_client, positions)

        assert (await stream.receive_event())["__typename"] == "ClickRecorded"


async def test_it_is_ready_and_says_what_is_wrong(acme: Tenant) -> None:
    answer = await acme.graph.client.get("/readyz")
    readiness = await acme.graph.app.state.stores.look()

    assert answer.status_code == 200
    (remark,) = readiness.remarks
    assert remark.startswith("Redis at REDIS_URL has no memory left, so clicks wait in spools")
