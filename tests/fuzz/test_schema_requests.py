"""Operations that the schema allows, made up from it: each is answered, none by a fault of ours."""

import asyncio
from typing import Any, Final

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st

from api.schema import schema
from tests.graph import Graph, open_graph
from tracking.accounts.models import Scope
from tracking.accounts.service import create_account, create_api_key
from tracking.settings import Settings

EXAMPLES: Final = {"suite": 20, "fuzz": 2_000}
SCALARS: Final[dict[str, st.SearchStrategy[str]]] = {
    "BigInt": st.integers(-(2**70), 2**70).map(str),
    "CurrencyCode": st.sampled_from(["EUR", "usd", "ZZZ", "", "\0"]),
    "Date": st.dates().map(str) | st.sampled_from(["0000-00-00", "x"]),
    "DateTime": st.datetimes().map(lambda at: f"{at.isoformat()}Z") | st.sampled_from(["9999-12-31T23:59:60Z", "x"]),
    "Decimal": st.decimals(allow_nan=True).map(str),
    "URL": st.sampled_from(["https://shop.example/", "javascript:x", "//x", "https://\0/"]) | st.text(max_size=20),
}


@pytest.mark.feature("R11")
async def test_whatever_the_schema_allows_is_answered(settings: Settings, request: pytest.FixtureRequest) -> None:
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values.map(schemathesis.graphql.nodes.String))
    operations = schemathesis.graphql.from_file(schema.as_str())
    profile = request.config.getoption("--hypothesis-profile") or "suite"
    loop = asyncio.get_running_loop()

    async with open_graph(settings) as graph:
        account = await create_account("Acme", "acme")
        key = (await create_api_key(account.id, "fuzz", [Scope.ADMIN])).token

        @hypothesis.settings(max_examples=EXAMPLES[profile], derandomize=profile == "suite", database=None)
        @hypothesis.given(operations.as_strategy())
        def ask(case: Any) -> None:
            asyncio.run_coroutine_threadsafe(_ask(graph, key, case.body), loop).result(30)

        await asyncio.to_thread(ask)


async def _ask(graph: Graph, key: str, query: str) -> None:
    answer = await graph.post(query, api_key=key)

    assert answer.status_code < 500, answer.text
    codes = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
    assert "INTERNAL_ERROR" not in codes, query
