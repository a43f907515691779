from collections.abc import AsyncIterator

import pytest

from tests.graph import Graph, open_graph
from tracking.accounts.models import Scope
from tracking.accounts.service import create_account, create_api_key
from tracking.settings import Settings

VIEWER = "{ viewer { account { id name } scopes } }"


@pytest.fixture
async def graph(settings: Settings) -> AsyncIterator[Graph]:
    async with open_graph(settings) as opened:
        yield opened


async def test_the_viewer_is_the_account_of_the_key(graph: Graph) -> None:
    account = await create_account("Acme", "acme")
    key = (await create_api_key(account.id, "test", [Scope.READ])).token

    data = await graph.ask(VIEWER, api_key=key)

    assert data["viewer"]["account"]["name"] == "Acme"
    assert data["viewer"]["scopes"] == ["READ"]


async def test_without_key_nothing_is_answered(graph: Graph) -> None:
    assert await graph.refuse(VIEWER, api_key=None) == "UNAUTHENTICATED"
