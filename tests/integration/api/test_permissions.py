import datetime as dt

import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.tenancy import CASES
from tests.tenancy.cases import Case
from tests.tenancy.unknown import UNKNOWN_IDS
from tracking.accounts.models import ApiKey, Scope
from tracking.accounts.service import create_api_key, revoke_api_key
from tracking.clock import utc_now

VIEWER = "{ viewer { scopes expiresAt } }"


async def make_key(tenant: Tenant, scope: Scope) -> str:
    return (await create_api_key(tenant.account.id, "test", [scope])).token


def fill(case: Case) -> str:
    return case.fill(UNKNOWN_IDS, UNKNOWN_IDS)


class TestScopes:
    @pytest.mark.parametrize(
        ("scope", "scopes"),
        [(Scope.READ, ["READ"]), (Scope.WRITE, ["READ", "WRITE"]), (Scope.ADMIN, ["ADMIN", "READ", "WRITE"])],
    )
    async def test_a_wider_scope_includes_the_narrower_ones(
        self, graph: Graph, acme: Tenant, scope: Scope, scopes: list[str]
    ) -> None:
        data = await graph.ask(VIEWER, api_key=await make_key(acme, scope))

        assert data["viewer"]["scopes"] == scopes

    async def test_without_a_key_every_root_field_is_refused(self, graph: Graph) -> None:
        for case in CASES:
            assert await graph.refuse(fill(case), api_key=None) == "UNAUTHENTICATED", case.query


class TestKeys:
    @pytest.mark.parametrize(
        "header", ["Bearer garbage", "Bearer ", "Basic dTpw", "ct_live", "Bearer ct_live_\u00e9", ""]
    )
    async def test_what_is_no_key_opens_nothing(self, graph: Graph, header: str) -> None:
        response = await graph.client.post(
            "/graphql", json={"query": VIEWER}, headers={b"Authorization": header.encode("latin-1")}
        )

        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]

    async def test_the_prefix_of_a_key_is_not_enough(self, graph: Graph, acme: Tenant) -> None:
        forged = acme.key[:-1] + ("a" if acme.key[-1] != "a" else "b")

        assert await graph.refuse(VIEWER, api_key=forged) == "UNAUTHENTICATED"

    async def test_a_revoked_key_opens_nothing_from_the_next_request_on(self, graph: Graph, acme: Tenant) -> None:
        made = await create_api_key(acme.account.id, "test", [Scope.READ])
        await graph.ask(VIEWER, api_key=made.token)

        await revoke_api_key(acme.account.id, made.row.id)

        assert await graph.refuse(VIEWER, api_key=made.token) == "UNAUTHENTICATED"

    async def test_an_expired_key_opens_nothing(self, graph: Graph, acme: Tenant) -> None:
        ends = utc_now() + dt.timedelta(days=1)
        made = await create_api_key(acme.account.id, "test", [Scope.READ], expires_at=ends)
        viewer = (await graph.ask(VIEWER, api_key=made.token))["viewer"]

        await ApiKey.filter(id=made.row.id).update(expires_at=utc_now() - dt.timedelta(seconds=1))

        assert dt.datetime.fromisoformat(viewer["expiresAt"]) == ends
        assert await graph.refuse(VIEWER, api_key=made.token) == "UNAUTHENTICATED"
