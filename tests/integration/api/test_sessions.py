import datetime as dt

import pytest

from api.ids import encode_id
from tests.brand import make_creator
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tracking.accounts.models import ApiKey, IdempotentRequest, Role, Scope, User
from tracking.accounts.service import NewApiKey, create_api_key, revoke_api_key
from tracking.clock import utc_now

VIEWER = """
    { viewer { account { name } user { id role } creator { id } role scopes expiresAt } }
"""
WHO = "{ viewer { user { id } } }"
CREATE = """
    mutation ($given: CreateSessionTokenInput!) {
      createSessionToken(input: $given) {
        __typename
        ... on CreateSessionTokenSuccess { token expiresAt }
        ... on UserError { code path }
      }
    }
"""
ARCHIVE = 'mutation { archiveLink(input: {id: "x"}) { __typename ... on UserError { code } } }'


@pytest.fixture
async def server(acme: Tenant) -> NewApiKey:
    """The key of the brand's own server."""
    return await create_api_key(acme.account.id, "server", [Scope.ADMIN])


async def make_user(tenant: Tenant, role: Role = Role.VIEWER) -> User:
    return await User.create(account_id=tenant.account.id, name="Kim", role=role)


async def open_session(graph: Graph, key: str, row: User, **given: object) -> str:
    wanted = {"userId": encode_id("User", row.id), **given}
    answer = (await graph.ask(CREATE, api_key=key, given=wanted))["createSessionToken"]
    assert answer["__typename"] == "CreateSessionTokenSuccess", answer
    token: str = answer["token"]
    return token


class TestCreating:
    @pytest.mark.feature("IM6")
    async def test_a_user_s_session_says_whose_it_is(self, graph: Graph, acme: Tenant, server: NewApiKey) -> None:
        user = await make_user(acme, Role.EDITOR)
        before = utc_now().replace(microsecond=0)

        token = await open_session(graph, server.token, user, ttlS=60)

        viewer = (await graph.ask(VIEWER, api_key=token))["viewer"]
        ends = dt.datetime.fromisoformat(viewer.pop("expiresAt"))
        assert before + dt.timedelta(seconds=60) <= ends <= utc_now() + dt.timedelta(seconds=60)
        assert viewer == {
            "account": {"name": "Acme"},
            "user": {"id": encode_id("User", user.id), "role": "EDITOR"},
            "creator": None,
            "role": "EDITOR",
            "scopes": ["READ", "WRITE"],
        }

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({}, []),
            ({"userId": "@user", "creatorId": "@creator"}, []),
            ({"userId": "@user", "ttlS": 0}, ["input", "ttlS"]),
            ({"userId": "@user", "ttlS": 3601}, ["input", "ttlS"]),
        ],
    )
    async def test_it_is_of_one_and_lasts_an_hour_at_most(
        self, acme: Tenant, given: dict[str, object], path: list[str]
    ) -> None:
        ids = {
            "@user": encode_id("User", (await make_user(acme)).id),
            "@creator": encode_id("Creator", (await make_creator(acme.account)).id),
        }
        wanted = {name: ids.get(str(value), value) for name, value in given.items()}

        answer = (await acme.ask(CREATE, given=wanted))["createSessionToken"]

        assert (answer["__typename"], answer["path"]) == ("InvalidInput", path[1:])

    @pytest.mark.feature("R11")
    async def test_people_of_another_account_are_unknown(self, acme: Tenant, other: Tenant) -> None:
        user, creator = await make_user(other), await make_creator(other.account)
        for name, given in (("userId", encode_id("User", user.id)), ("creatorId", encode_id("Creator", creator.id))):
            answer = (await acme.ask(CREATE, given={name: given}))["createSessionToken"]

            assert (answer["code"], answer["path"]) == ("NOT_FOUND", [name])

    async def test_an_archived_user_gets_none(self, acme: Tenant) -> None:
        user = await make_user(acme)
        await User.filter(id=user.id).update(archived_at=utc_now())

        answer = (await acme.ask(CREATE, given={"userId": encode_id("User", user.id)}))["createSessionToken"]

        assert (answer["code"], answer["path"]) == ("ARCHIVED", ["userId"])

    async def test_it_ends_with_the_key_that_issues_it(self, graph: Graph, acme: Tenant) -> None:
        ends = (utc_now() + dt.timedelta(seconds=100)).replace(microsecond=0)
        key = await create_api_key(acme.account.id, "short", [Scope.WRITE], expires_at=ends)

        token = await open_session(graph, key.token, await make_user(acme))

        viewer = (await graph.ask(VIEWER, api_key=token))["viewer"]
        assert dt.datetime.fromisoformat(viewer["expiresAt"]) == ends

    async def test_a_repeat_with_an_idempotency_key_answers_the_same_token(
        self, graph: Graph, acme: Tenant, server: NewApiKey
    ) -> None:
        user = await make_user(acme)
        tokens = [await open_session(graph, server.token, user, idempotencyKey="a") for _ in range(2)]
        another = await open_session(graph, server.token, user)
        wanted = {"userId": encode_id("User", user.id), "idempotencyKey": "a"}

        by_another_key = (await acme.ask(CREATE, given=wanted))["createSessionToken"]

        assert tokens[0] == tokens[1] != another
        assert by_another_key["code"] == "IDEMPOTENCY_CONFLICT"
        assert await IdempotentRequest.all().count() == 1

    async def test_a_session_makes_no_session(self, graph: Graph, acme: Tenant, server: NewApiKey) -> None:
        user = await make_user(acme, Role.ADMIN)
        token = await open_session(graph, server.token, user)
        given = {"userId": encode_id("User", user.id)}

        assert await graph.refuse(CREATE, api_key=token, given=given) == "FORBIDDEN"

    async def test_a_key_that_only_reads_makes_none(self, graph: Graph, acme: Tenant) -> None:
        reader = await create_api_key(acme.account.id, "reader", [Scope.READ])
        given = {"userId": encode_id("User", (await make_user(acme)).id)}

        assert await graph.refuse(CREATE, api_key=reader.token, given=given) == "FORBIDDEN"


class TestScopes:
    @pytest.mark.feature("IM6")
    @pytest.mark.parametrize(
        ("key", "role", "scopes"),
        [
            (Scope.ADMIN, Role.ADMIN, ["ADMIN", "READ", "WRITE"]),
            (Scope.ADMIN, Role.EDITOR, ["READ", "WRITE"]),
            (Scope.ADMIN, Role.VIEWER, ["READ"]),
            (Scope.WRITE, Role.ADMIN, ["READ", "WRITE"]),
            (Scope.WRITE, Role.VIEWER, ["READ"]),
        ],
    )
    async def test_a_session_may_do_what_both_role_and_key_allow(
        self, graph: Graph, acme: Tenant, key: Scope, role: Role, scopes: list[str]
    ) -> None:
        made = await create_api_key(acme.account.id, "server", [key])
        token = await open_session(graph, made.token, await make_user(acme, role))

        assert (await graph.ask(VIEWER, api_key=token))["viewer"]["scopes"] == scopes

    async def test_a_changed_role_counts_from_the_next_request_on(
        self, graph: Graph, acme: Tenant, server: NewApiKey
    ) -> None:
        user = await make_user(acme, Role.EDITOR)
        token = await open_session(graph, server.token, user)
        assert (await graph.ask(ARCHIVE, api_key=token))["archiveLink"]["code"] == "NOT_FOUND"

        await User.filter(id=user.id).update(role=Role.VIEWER)

        assert await graph.refuse(ARCHIVE, api_key=token) == "FORBIDDEN"

    async def test_also_on_a_connection_that_is_open(
        self, served: ServedGraph, graph: Graph, acme: Tenant, server: NewApiKey
    ) -> None:
        user = await make_user(acme, Role.EDITOR)
        token = await open_session(graph, server.token, user)
        async with served.open_stream(token) as stream:
            await stream.subscribe(ARCHIVE)
            assert (await stream.receive_event())["code"] == "NOT_FOUND"
            assert (await stream.receive())["type"] == "complete"
            await User.filter(id=user.id).update(role=Role.VIEWER)
            await stream.subscribe(ARCHIVE, operation="2")

            message = await stream.receive()

        assert message["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"


class TestEnds:
    async def test_an_expired_token_opens_nothing(
        self, graph: Graph, acme: Tenant, server: NewApiKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = await open_session(graph, server.token, await make_user(acme), ttlS=60)
        await graph.ask(WHO, api_key=token)

        later = utc_now() + dt.timedelta(seconds=61)
        monkeypatch.setattr("tracking.accounts.credentials.utc_now", lambda: later)

        assert await graph.refuse(WHO, api_key=token) == "UNAUTHENTICATED"

    async def test_revoking_the_key_that_issued_it_ends_it(self, graph: Graph, acme: Tenant, server: NewApiKey) -> None:
        token = await open_session(graph, server.token, await make_user(acme))
        await graph.ask(WHO, api_key=token)

        await revoke_api_key(acme.account.id, server.row.id)

        assert await graph.refuse(WHO, api_key=token) == "UNAUTHENTICATED"

    async def test_a_key_that_is_over_ends_it(self, graph: Graph, acme: Tenant, server: NewApiKey) -> None:
        token = await open_session(graph, server.token, await make_user(acme))

        await ApiKey.filter(id=server.row.id).update(expires_at=utc_now() - dt.timedelta(seconds=1))

        assert await graph.refuse(WHO, api_key=token) == "UNAUTHENTICATED"

    async def test_archiving_the_user_ends_it(self, graph: Graph, acme: Tenant, server: NewApiKey) -> None:
        user = await make_user(acme)
        token = await open_session(graph, server.token, user)

        await User.filter(id=user.id).update(archived_at=utc_now())

        assert await graph.refuse(WHO, api_key=token) == "UNAUTHENTICATED"

    @pytest.mark.parametrize("ended", ["key", "user"])
    async def test_its_open_streams_end_too(
        self, served: ServedGraph, graph: Graph, acme: Tenant, server: NewApiKey, ended: str
    ) -> None:
        user = await make_user(acme)
        token = await open_session(graph, server.token, user)
        async with served.open_stream(token) as stream:
            await stream.subscribe("subscription { clicks { __typename } }")
            assert (await stream.receive_event())["__typename"] == "StreamReady"
            if ended == "key":
                await revoke_api_key(acme.account.id, server.row.id)
            else:
                await User.filter(id=user.id).update(archived_at=utc_now())

            message = await stream.receive()

        assert message["payload"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
