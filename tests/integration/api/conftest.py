"""Accounts with a key that may write, asking the graph of this process."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
import redis.asyncio

from api.context import Context
from tests.against_stock import compared_with_stock
from tests.brand import make_brand, make_creator, make_link
from tests.graph import Graph, open_graph
from tests.streaming import ServedGraph, serve_graph
from tests.telling import World, make_context
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.settings import Settings


@pytest.fixture(autouse=True)
def answers_are_compared(request: pytest.FixtureRequest) -> Iterator[None]:
    """With those of graphql-core alone, wherever queries of docs/queries are asked; with --against-stock everywhere."""
    is_compared = hasattr(request.module, "read_query") or request.config.getoption("--against-stock")
    if not is_compared or "answered_once" in request.fixturenames:
        yield
        return
    with compared_with_stock():
        yield


@pytest.fixture
def answered_once() -> None:
    """For a test that counts what an answer takes."""


@dataclass(frozen=True)
class Tenant:
    account: Account
    key: str
    graph: Graph

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        return await self.graph.ask(query, api_key=self.key, **variables)

    async def refuse(self, query: str, **variables: object) -> str:
        return await self.graph.refuse(query, api_key=self.key, **variables)


@pytest.fixture
async def graph(settings: Settings) -> AsyncIterator[Graph]:
    async with open_graph(settings) as opened:
        yield opened


@pytest.fixture
async def served(graph: Graph, settings: Settings) -> AsyncIterator[ServedGraph]:
    """The same app on a socket, for WebSockets."""
    async with serve_graph(graph.app, settings) as opened:
        yield opened


@pytest.fixture
async def acme(graph: Graph) -> Tenant:
    return await _move_in(graph, "acme")


@pytest.fixture
async def other(graph: Graph) -> Tenant:
    return await _move_in(graph, "other")


async def _move_in(graph: Graph, slug: str) -> Tenant:
    account = await make_brand(slug)
    key = await create_api_key(account.id, "test", [Scope.ADMIN])
    return Tenant(account, key.token, graph)


@pytest.fixture
async def world(acme: Tenant, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> World:
    return World(pool, redis_client, await make_link(acme.account, await make_creator(acme.account)))


@pytest.fixture
async def context(acme: Tenant) -> Context:
    """Of a stream that the account's key asks for."""
    return await make_context(acme.graph.app.state.services, acme.key)
