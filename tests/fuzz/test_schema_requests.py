"""Operations that the schema allows, made up from it: each is answered, none by a fault of ours."""

import asyncio
from collections import Counter
from typing import Any, Final

import asyncpg
import hypothesis
import pytest
import redis.asyncio
import schemathesis
from graphql import FieldNode, OperationDefinitionNode, parse
from hypothesis import strategies as st

from api.schema import schema
from tests.fuzz.refusals import Ledger, find_wrong
from tests.graph import Graph, open_graph
from tests.schema_walk import list_object_types
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

READ, REFUSED, ACCEPTED = "READ", "REFUSED", "ACCEPTED"
GRAPH: Final = ("200",)  # whatever became of the operation
REFUSALS: Final = frozenset(
    kind.name for kind in list_object_types() if "UserError" in {interface.name for interface in kind.interfaces}
)


@pytest.mark.feature("R11")
async def test_whatever_the_schema_allows_is_answered_and_what_is_refused_adds_no_row(
    settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, request: pytest.FixtureRequest
) -> None:
    for name, values in SCALARS.items():
        schemathesis.graphql.scalar(name, values.map(schemathesis.graphql.nodes.String))
    operations = schemathesis.graphql.from_file(schema.as_str())
    profile = request.config.getoption("--hypothesis-profile") or "suite"
    loop = asyncio.get_running_loop()
    outcomes = Counter[str]()

    async with open_graph(settings) as graph:
        account = await create_account("Acme", "acme")
        key = (await create_api_key(account.id, "fuzz", [Scope.ADMIN])).token
        ledger = await Ledger.open(pool, redis_client)

        @hypothesis.settings(max_examples=EXAMPLES[profile], derandomize=profile == "suite", database=None)
        @hypothesis.given(operations.as_strategy())
        def ask(case: Any) -> None:
            asked = _ask(graph, key, case.body, ledger)
            outcomes[asyncio.run_coroutine_threadsafe(asked, loop).result(30)] += 1

        await asyncio.to_thread(ask)
    assert outcomes[READ] >= 1 <= outcomes[REFUSED], outcomes


async def _ask(graph: Graph, key: str, query: str, ledger: Ledger) -> str:
    """READ, REFUSED or ACCEPTED."""
    asked = ask_for_kind(query)
    answer = await graph.post(asked, api_key=key)

    new = await ledger.find_new()
    assert answer.status_code < 500, answer.text
    content = answer.json()
    codes = [error["extensions"]["code"] for error in content.get("errors", [])]
    assert "INTERNAL_ERROR" not in codes, asked
    outcome = judge(asked, content)
    assert find_wrong(answer.status_code, GRAPH, new, is_refused=outcome != ACCEPTED) == [], (asked, content)
    return outcome


def ask_for_kind(query: str) -> str:
    """The same, and which member of its union is answered."""
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    if field.selection_set is None:
        return query
    assert field.selection_set.loc is not None
    inside = field.selection_set.loc.start + 1
    return f"{query[:inside]} kind: __typename {query[inside:]}"


def judge(asked: str, content: dict[str, Any]) -> str:
    """A mutation is refused by an error, or by an answer that is one."""
    if not asked.startswith("mutation"):
        return READ
    fields = list((content.get("data") or {}).values())
    is_answered = any(field is not None and field.get("kind") not in REFUSALS for field in fields)
    return ACCEPTED if is_answered else REFUSED


async def test_a_row_of_a_query_and_of_a_refused_mutation_is_seen(
    pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, settings: Settings
) -> None:
    query = 'mutation { createCampaign(input: {name: "Summer"}) { __typename } }'
    async with open_graph(settings) as graph:
        account = await create_account("Acme", "acme")
        key = (await create_api_key(account.id, "fuzz", [Scope.ADMIN])).token
        ledger = await Ledger.open(pool, redis_client)

        assert await _ask(graph, key, query, ledger) == ACCEPTED
        assert (await _ask(graph, key, query.replace("Summer", ""), ledger)) == REFUSED
        for refused in (query.replace("Summer", ""), "{ viewer { __typename } }"):
            await create_account("Other", f"other{len(refused)}")
            with pytest.raises(AssertionError, match=r"refused, and yet \{'account': 1"):
                await _ask(graph, key, refused, ledger)
