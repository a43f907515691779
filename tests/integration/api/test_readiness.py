"""The api says whether it should get traffic, and what is wrong when not; each shown by breaking the thing."""

import msgspec
import pytest

from tests.graph import Graph, open_graph
from tests.servers import own_postgres
from tracking.applied_migrations import MIGRATIONS
from tracking.settings import Settings

NOWHERE = {"redis_url": "redis://127.0.0.1:1/0", "database_url": "postgresql://nobody@127.0.0.1:1/none"}


async def test_it_is_ready_while_both_stores_answer(graph: Graph) -> None:
    assert (await graph.client.get("/healthz")).status_code == 200

    ready = await graph.client.get("/readyz")

    assert ready.status_code == 200
    assert ready.json()["status"] == "ready"
    assert ready.json()["problems"] == []


@pytest.mark.parametrize(
    ("setting", "named"),
    [("redis_url", "Redis at REDIS_URL"), ("database_url", "PostgreSQL at DATABASE_URL")],
)
async def test_a_store_that_is_down_is_named_with_since_when(settings: Settings, setting: str, named: str) -> None:
    """The api starts all the same: it answers again as soon as the store does."""
    async with open_graph(msgspec.structs.replace(settings, **{setting: NOWHERE[setting]})) as graph:
        alive = await graph.client.get("/healthz")
        first = await graph.client.get("/readyz")
        second = await graph.client.get("/readyz")

    assert alive.status_code == 200
    assert (first.status_code, first.json()["status"]) == (503, "not ready")
    (told,) = first.json()["problems"]
    assert told.startswith(f"{named} has not answered since 2")
    since = told.split("since ")[1].split(",")[0]
    assert f"since {since}," in second.json()["problems"][0]


async def test_a_database_without_its_tables_is_told_what_to_run(settings: Settings) -> None:
    with own_postgres() as empty:
        async with open_graph(msgspec.structs.replace(settings, database_url=empty.url)) as graph:
            answer = await graph.client.get("/readyz")

    assert answer.status_code == 503
    (told,) = answer.json()["problems"]
    assert told.startswith(f"the database lacks {len(MIGRATIONS)} migrations ({MIGRATIONS[0]}, ")
    assert told.endswith("run `creatrail migrate`")
