import re
from pathlib import Path

import msgspec

from api.graphiql_page import render_page
from tests.graph import Graph, open_graph
from tracking.settings import Settings

HTML = {"Accept": "text/html,application/xhtml+xml"}


class TestGraphiql:
    async def test_everything_that_the_page_loads_is_served_here(self, graph: Graph) -> None:
        page = await graph.client.get("/graphql", headers=HTML)
        addresses = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)

        answers = {address: (await graph.client.get(address)).status_code for address in addresses}

        assert len(addresses) >= 8
        assert set(answers.values()) == {200}, answers

    async def test_a_browser_may_load_nothing_from_elsewhere(self, graph: Graph) -> None:
        page = await graph.client.get("/graphql", headers=HTML)

        assert re.findall(r"https?://", page.text) == []
        assert re.findall(r"<script(?![^>]*src=)|\son\w+=", page.text) == []
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert page.headers["referrer-policy"] == "no-referrer"

    def test_without_assets_the_page_says_how_to_get_them(self, tmp_path: Path) -> None:
        page = render_page(tmp_path)

        assert "creatrail.web_assets" in page
        assert "/vendor/" not in page

    async def test_it_can_be_switched_off(self, settings: Settings) -> None:
        async with open_graph(msgspec.structs.replace(settings, graphiql=False)) as graph:
            assert (await graph.client.get("/graphql", headers=HTML)).status_code == 406
            assert (await graph.client.get("/graphiql/page.js")).status_code == 404


class TestIntrospection:
    async def test_it_can_be_switched_off(self, settings: Settings) -> None:
        query = "{ __schema { description } }"
        async with open_graph(msgspec.structs.replace(settings, allow_introspection=False)) as graph:
            assert await graph.refuse(query, api_key=None) == "GRAPHQL_VALIDATION_FAILED"
        async with open_graph(settings) as graph:
            assert await graph.ask(query, api_key=None) == {"__schema": {"description": None}}

    async def test_a_name_that_is_nearly_right_is_not_put_right(self, settings: Settings) -> None:
        async with open_graph(settings) as graph:
            answer = await graph.client.post("/graphql", json={"query": "{ viewr { expiresAt } }"})

        [error] = answer.json()["errors"]
        assert error["message"] == "Cannot query field 'viewr' on type 'Query'."
