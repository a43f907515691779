"""Every root field is asked with every kind of credential: docs/permissions.md says who is let in."""

from collections.abc import Callable

import pytest

from api.export_permissions import Need, list_needs
from api.ids import encode_id
from tests.brand import make_creator
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.schema_walk import GRAPH
from tests.smallest_calls import write_smallest_call
from tracking.accounts.models import Role, Scope, User
from tracking.accounts.service import create_api_key

SESSION = """
    mutation ($input: CreateSessionTokenInput!) {
        createSessionToken(input: $input) { ... on CreateSessionTokenSuccess { token } }
    }
"""
CALLS = {
    root: {
        name: f"{root.lower()} {{ {write_smallest_call(name, field)} }}"
        for name, field in getattr(GRAPH.get_type(root), "fields", {}).items()
    }
    for root in ("Query", "Mutation")
}


async def open_session(tenant: Tenant, **whose: str) -> str:
    server = await create_api_key(tenant.account.id, "server", [Scope.ADMIN])
    answer = await tenant.graph.ask(SESSION, api_key=server.token, input=whose)
    token: str = answer["createSessionToken"]["token"]
    return token


async def find_forbidden(graph: Graph, token: str, root: str) -> set[str]:
    """The fields of the root that this credential is forbidden; every other one has to answer with data."""
    forbidden = set()
    for name, document in CALLS[root].items():
        answer = (await graph.post(document, api_key=token)).json()
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        assert codes in ([], ["FORBIDDEN"]), (document, answer)
        if codes:
            forbidden.add(name)
    return forbidden


def list_refused(root: str, is_allowed: Callable[[Need], bool]) -> set[str]:
    return {name for name, need in list_needs(root).items() if not is_allowed(need)}


@pytest.mark.feature("IM6", "R11")
@pytest.mark.parametrize("root", ["Query", "Mutation"])
class TestTable:
    @pytest.mark.parametrize("role", list(Role))
    async def test_a_session_of_a_user_may_what_the_table_says_of_the_role(
        self, graph: Graph, acme: Tenant, role: Role, root: str
    ) -> None:
        user = await User.create(account_id=acme.account.id, name="Ann", role=role)
        token = await open_session(acme, userId=encode_id("User", user.id))

        assert await find_forbidden(graph, token, root) == list_refused(root, lambda need: need.allows_role(role))

    @pytest.mark.parametrize(
        ("scope", "held"),
        [
            (Scope.READ, {Scope.READ}),
            (Scope.WRITE, {Scope.READ, Scope.WRITE}),
            (Scope.ADMIN, {Scope.READ, Scope.WRITE, Scope.ADMIN}),
        ],
    )
    async def test_a_key_may_what_the_table_says_of_its_scope(
        self, graph: Graph, acme: Tenant, scope: Scope, held: set[Scope], root: str
    ) -> None:
        key = await create_api_key(acme.account.id, "test", [scope])

        assert await find_forbidden(graph, key.token, root) == list_refused(root, lambda need: need.scope in held)


@pytest.mark.feature("LS11")
@pytest.mark.parametrize("name", sorted(CALLS["Mutation"]))
async def test_for_a_creator_no_mutation_exists(graph: Graph, acme: Tenant, name: str) -> None:
    creator = await make_creator(acme.account)
    token = await open_session(acme, creatorId=encode_id("Creator", creator.id))

    assert await graph.refuse(CALLS["Mutation"][name], api_key=token) == "GRAPHQL_VALIDATION_FAILED"
