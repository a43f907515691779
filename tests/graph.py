"""Asks the graph in tests: the real app on the test's stores, in this process, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from starlette.applications import Starlette

from api.app import create_app
from tracking.settings import Settings


class Graph:
    """A client of the graph. `api_key` is sent with every request, unless another is given."""

    def __init__(self, app: Starlette, client: httpx2.AsyncClient) -> None:
        self.app = app
        self.client = client

    async def post(self, query: str, *, api_key: str | None = None, **variables: object) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, *, api_key: str | None, **variables: object) -> dict[str, Any]:
        """The data. An answer with errors fails the test."""
        answer = (await self.post(query, api_key=api_key, **variables)).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def refuse(self, query: str, *, api_key: str | None, **variables: object) -> str:
        """The code of the one error that the graph answers."""
        answer = (await self.post(query, api_key=api_key, **variables)).json()
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code


@asynccontextmanager
async def open_graph(settings: Settings) -> AsyncIterator[Graph]:
    app = create_app(settings)
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://api") as client,
    ):
        yield Graph(app, client)
