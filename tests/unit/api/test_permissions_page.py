import pytest

from api.export_permissions import PERMISSIONS_FILE, Need, export_permissions, list_needs
from tests.schema_walk import GRAPH
from tracking.accounts.models import Role, Scope


def test_the_page_is_what_the_graph_asks_for() -> None:
    assert PERMISSIONS_FILE.read_text() == export_permissions(), "write it anew with ./dev schema"


def test_it_has_a_line_for_every_mutation() -> None:
    assert GRAPH.mutation_type is not None
    assert list(list_needs("Mutation")) == sorted(GRAPH.mutation_type.fields)


@pytest.mark.feature("IM6")
@pytest.mark.parametrize(
    ("name", "need", "roles"),
    [
        ("updateAccountSettings", Need(Scope.ADMIN, needs_key=False), {Role.ADMIN}),
        ("archiveUser", Need(Scope.ADMIN, needs_key=False), {Role.ADMIN}),
        ("createCampaign", Need(Scope.WRITE, needs_key=False), {Role.ADMIN, Role.EDITOR}),
        ("createSessionToken", Need(Scope.WRITE, needs_key=True), set()),
    ],
)
def test_a_role_may_what_its_scopes_allow(name: str, need: Need, roles: set[Role]) -> None:
    assert list_needs("Mutation")[name] == need
    assert {role for role in Role if need.allows_role(role)} == roles
