"""What operators see of the api on its second listener."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.graph import Graph, open_graph
from tests.service import find_free_ports
from tests.watching import get, read_samples
from tracking.settings import Settings


@pytest.fixture
async def watched(settings: Settings) -> AsyncIterator[tuple[Graph, int]]:
    """The graph, and the port of its second listener."""
    (port,) = find_free_ports(1)
    async with open_graph(msgspec.structs.replace(settings, api_ops_port=port)) as graph:
        yield graph, port


async def read_metrics(port: int) -> dict[str, float]:
    return read_samples((await get(port, "/metrics"))[1])


async def test_operations_are_counted_by_type_and_outcome(watched: tuple[Graph, int]) -> None:
    graph, port = watched
    before = await read_metrics(port)

    await graph.ask("{ __typename }", api_key=None)
    await graph.refuse("{ nothing }", api_key=None)
    await graph.refuse("{ nothing", api_key=None)
    await graph.client.get("/nobody")

    after = await read_metrics(port)
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    assert grown['creatrail_api_operations_total{outcome="ok",type="query"}'] == 1
    assert grown['creatrail_api_operations_total{outcome="errors",type="query"}'] == 1
    assert grown['creatrail_api_operations_total{outcome="errors",type="unread"}'] == 1
    assert grown['creatrail_api_errors_total{code="GRAPHQL_VALIDATION_FAILED"}'] == 1
    assert grown['creatrail_api_errors_total{code="GRAPHQL_PARSE_FAILED"}'] == 1
    assert grown['creatrail_api_operation_duration_seconds_count{type="query"}'] == 2
    assert grown['creatrail_api_responses_total{door="graphql",status="200"}'] == 3
    assert grown['creatrail_api_responses_total{door="other",status="404"}'] == 1


async def test_the_state_of_the_moment_is_shown(watched: tuple[Graph, int]) -> None:
    graph, port = watched
    await graph.client.get("/readyz")

    metrics = await read_metrics(port)

    assert metrics["creatrail_api_open_streams"] == 0
    assert metrics["creatrail_api_open_websockets"] == 0
    assert metrics['creatrail_api_database_connections{state="in_use"}'] == 0
    assert metrics['creatrail_api_database_connections{state="idle"}'] >= 1
    assert metrics["creatrail_api_database_connections_max"] == 10


async def test_the_graph_is_not_served_where_operators_look(watched: tuple[Graph, int]) -> None:
    _, port = watched

    assert (await get(port, "/graphql"))[0] == 404
    assert (await get(port, "/healthz"))[0] == 200
    assert (await get(port, "/readyz"))[0] == 200
