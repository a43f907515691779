"""The api says whether it should get traffic, and operators what is wrong; each shown by breaking the thing."""

import asyncio

import msgspec
import pytest

from tests.graph import Graph, open_graph
from tests.servers import own_postgres
from tests.service import find_free_ports
from tests.watching import read_readiness
from tracking.schema_versions import list_known_migrations
from tracking.settings import Settings

NOWHERE = {"redis_url": "redis://127.0.0.1:1/0", "database_url": "postgresql://nobody@127.0.0.1:1/none"}


async def test_it_is_ready_while_both_stores_answer(graph: Graph) -> None:
    assert (await graph.client.get("/healthz")).status_code == 200

    ready = await graph.client.get("/readyz")

    assert (ready.status_code, ready.text) == (200, "ready\n")


@pytest.mark.parametrize(
    ("setting", "named"),
    [("redis_url", "Redis at REDIS_URL"), ("database_url", "PostgreSQL at DATABASE_URL")],
)
async def test_a_store_that_is_down_is_named_with_since_when(settings: Settings, setting: str, named: str) -> None:
    """The api starts all the same: it answers again as soon as the store does."""
    (port,) = find_free_ports(1)
    broken = msgspec.structs.replace(settings, api_ops_port=port, **{setting: NOWHERE[setting]})
    async with open_graph(broken) as graph:
        alive = await graph.client.get("/healthz")
        told_to_anybody = await graph.client.get("/readyz")
        status, first = await read_readiness(port)
        _, second = await read_readiness(port)

    assert alive.status_code == 200
    assert (told_to_anybody.status_code, told_to_anybody.text) == (503, "not ready\n")
    assert (status, first["status"]) == (503, "not ready")
    (told,) = first["problems"]
    assert told.startswith(f"{named} has not answered since 2")
    since = told.split("since ")[1].split(",")[0]
    assert f"since {since}," in second["problems"][0]


async def test_a_crowd_that_asks_at_once_costs_one_look(graph: Graph) -> None:
    async def count_commands() -> int:
        stats = await graph.app.state.services.redis.info("commandstats")
        return int(stats.get("cmdstat_info", {}).get("calls", 0))

    before = await count_commands()
    answers = await asyncio.gather(*(graph.client.get("/readyz") for _ in range(50)))
    looks = await count_commands() - before - 1

    assert {answer.text for answer in answers} == {"ready\n"}
    assert looks <= 2 * (1 + len(graph.app.state.services.shards))


async def test_a_database_without_its_tables_is_told_what_to_run(settings: Settings) -> None:
    (port,) = find_free_ports(1)
    with own_postgres() as empty:
        async with open_graph(msgspec.structs.replace(settings, database_url=empty.url, api_ops_port=port)):
            status, answer = await read_readiness(port)

    assert status == 503
    (told,) = answer["problems"]
    known = list_known_migrations()
    assert told.startswith(f"the database lacks {len(known)} migrations ({known[0]}, ")
    assert told.endswith("run `creatrail migrate`")
