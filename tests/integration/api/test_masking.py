import asyncpg
import pytest
from structlog.testing import capture_logs

from tests.graph import Graph
from tests.integration.api.conftest import Tenant

CLICKS = "{ clicks { nodes { id } } }"


class TestOurFaults:
    async def test_a_client_learns_nothing_of_them_and_we_learn_all(
        self, graph: Graph, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        await pool.execute("ALTER TABLE click RENAME COLUMN placement TO spot")
        try:
            with capture_logs() as logged:
                answer = (await graph.post(CLICKS, api_key=acme.key)).json()
        finally:
            await pool.execute("ALTER TABLE click RENAME COLUMN spot TO placement")

        [error] = answer["errors"]
        assert (answer["data"], error["message"], error["path"]) == (None, "Unexpected error.", ["clicks"])
        assert error["extensions"] == {"code": "INTERNAL_ERROR"}
        assert "placement" not in str(answer)
        [line] = [entry for entry in logged if entry["event"] == "field_failed"]
        assert isinstance(line["exc_info"], asyncpg.UndefinedColumnError)
        assert line["path"] == ["clicks"]

    @pytest.mark.parametrize("query", ["{", "{ nothing }", "{ clicks(first: 101) { nodes { id } } }"])
    async def test_what_a_client_does_wrong_is_not_logged(self, graph: Graph, acme: Tenant, query: str) -> None:
        with capture_logs() as logged:
            await graph.refuse(query, api_key=acme.key)

        assert logged == []
