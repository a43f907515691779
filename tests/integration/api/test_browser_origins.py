"""What a browser hears on behalf of pages of other origins, over HTTP and for WebSockets."""

from typing import Any

import httpx2
import msgspec
import pytest

from api.ids import encode_id
from tests.graph import Graph, open_graph
from tests.integration.api.conftest import Tenant
from tests.streaming import ServedGraph
from tracking.accounts.models import Account, Role, User
from tracking.accounts.rules import make_api_key
from tracking.settings import Settings

APP = "https://app.example"
EVIL = "https://evil.example"
VIEWER = "{ viewer { account { name } } }"
CREATE = """
    mutation ($user: ID!) {
      createSessionToken(input: {userId: $user}) { ... on CreateSessionTokenSuccess { token } }
    }
"""


async def open_session(tenant: Tenant) -> str:
    user = await User.create(account_id=tenant.account.id, name="Kim", role=Role.ADMIN)
    answer = await tenant.ask(CREATE, user=encode_id("User", user.id))
    token: str = answer["createSessionToken"]["token"]
    return token


async def allow(tenant: Tenant, *origins: str) -> None:
    await Account.filter(id=tenant.account.id).update(allowed_origins=list(origins))


async def ask_first(graph: Graph, origin: str) -> httpx2.Response:
    """The preflight of a browser."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return await graph.client.options("/graphql", headers=headers)


async def ask_from(graph: Graph, origin: str, token: str | None, **headers: str) -> httpx2.Response:
    given = {"Origin": origin, **({"Authorization": f"Bearer {token}"} if token else {}), **headers}
    return await graph.client.post("/graphql", json={"query": VIEWER}, headers=given)


def read_permission(response: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@pytest.mark.feature("R11")
class TestPreflight:
    async def test_an_origin_that_an_account_allows_may_send_a_token_and_json(self, graph: Graph, acme: Tenant) -> None:
        await allow(acme, APP)

        response = await ask_first(graph, APP)

        assert (response.status_code, response.headers["vary"]) == (204, "Origin")
        assert read_permission(response) == {
            "access-control-allow-origin": APP,
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "authorization, content-type",
            "access-control-max-age": "600",
        }

    @pytest.mark.parametrize("origin", [EVIL, "null", "", "http://app.example", f"{APP}:8443", f"{APP}.evil.example"])
    async def test_any_other_origin_hears_nothing(self, graph: Graph, acme: Tenant, origin: str) -> None:
        await allow(acme, APP)

        response = await ask_first(graph, origin)

        assert (response.status_code, read_permission(response)) == (403, {})

    async def test_a_new_origin_is_known_soon_and_one_taken_away_forgotten(
        self, graph: Graph, acme: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.browser_origins.REFRESH_S", 0)
        answers = []
        for origins in ([], [APP], []):
            await allow(acme, *origins)
            answers.append((await ask_first(graph, APP)).status_code)

        assert answers == [403, 204, 403]

    async def test_who_is_no_browser_learns_the_methods(self, graph: Graph) -> None:
        response = await graph.client.options("/graphql")

        assert (response.status_code, response.headers["allow"]) == (204, "GET, POST, OPTIONS")


@pytest.mark.feature("R11")
class TestRequests:
    async def test_a_page_of_an_allowed_origin_reads_with_a_session(self, graph: Graph, acme: Tenant) -> None:
        await allow(acme, "https://first.example", APP)

        response = await ask_from(graph, APP, await open_session(acme))

        assert response.json() == {"data": {"viewer": {"account": {"name": "Acme"}}}}
        assert read_permission(response) == {"access-control-allow-origin": APP}
        assert response.headers.get_list("vary") == ["Accept", "Origin"]

    async def test_any_other_page_is_refused(self, graph: Graph, acme: Tenant) -> None:
        await allow(acme, APP)
        for token in (await open_session(acme), acme.key, None):
            response = await ask_from(graph, EVIL, token)

            assert (response.status_code, read_permission(response)) == (403, {})
            assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["ORIGIN_NOT_ALLOWED"]

    async def test_an_origin_of_one_account_says_nothing_for_another(
        self, graph: Graph, acme: Tenant, other: Tenant
    ) -> None:
        await allow(acme, APP)

        response = await ask_from(graph, APP, await open_session(other))

        assert (response.status_code, set(response.json())) == (403, {"errors"})

    async def test_a_key_is_not_for_browsers(self, graph: Graph, acme: Tenant) -> None:
        await allow(acme, APP)

        response = await ask_from(graph, APP, acme.key)

        assert (response.status_code, set(response.json())) == (403, {"errors"})

    async def test_a_page_that_may_ask_reads_why_its_token_opens_nothing(self, graph: Graph, acme: Tenant) -> None:
        await allow(acme, APP)

        response = await ask_from(graph, APP, "ct_sess_over")

        assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["UNAUTHENTICATED"]
        assert read_permission(response) == {"access-control-allow-origin": APP}

    @pytest.mark.parametrize(
        ("origin", "headers"),
        [("http://api", {}), ("https://api", {}), ("http://api:80", {}), (EVIL, {"Sec-Fetch-Site": "same-origin"})],
    )
    async def test_our_own_pages_may_use_a_key(
        self, graph: Graph, acme: Tenant, origin: str, headers: dict[str, str]
    ) -> None:
        """A proxy may end TLS or rename the host; what the browser itself says of its page decides then."""
        response = await ask_from(graph, origin, acme.key, **headers)

        assert response.json() == {"data": {"viewer": {"account": {"name": "Acme"}}}}

    async def test_who_names_no_origin_is_a_program(self, graph: Graph, acme: Tenant) -> None:
        assert await graph.ask(VIEWER, api_key=acme.key) == {"viewer": {"account": {"name": "Acme"}}}


@pytest.mark.feature("R11")
class TestWebSockets:
    async def test_a_page_of_an_allowed_origin_connects_with_a_session(self, served: ServedGraph, acme: Tenant) -> None:
        await allow(acme, APP)
        token = await open_session(acme)

        async with served.connect(headers={"Origin": APP}) as stream:
            await stream.init(token)
            assert await stream.receive() == {"type": "connection_ack"}
            await stream.subscribe(VIEWER)

            assert await stream.receive_event() == {"account": {"name": "Acme"}}

    @pytest.mark.parametrize("origin", [EVIL, "null"])
    async def test_the_handshake_of_any_other_page_is_refused(
        self, served: ServedGraph, acme: Tenant, origin: str
    ) -> None:
        await allow(acme, APP)

        with pytest.raises(Exception, match="403"):
            async with served.connect(headers={"Origin": origin}):
                pass

    async def test_an_origin_of_one_account_opens_nothing_of_another(
        self, served: ServedGraph, acme: Tenant, other: Tenant
    ) -> None:
        await allow(acme, APP)
        token = await open_session(other)

        async with served.connect(headers={"Origin": APP}) as stream:
            await stream.init(token)

            assert await stream.receive_close() == 4403

    async def test_a_key_is_not_for_browsers(self, served: ServedGraph, acme: Tenant) -> None:
        await allow(acme, APP)
        given: list[dict[str, Any]] = [{"Origin": APP}, {"Origin": APP, "Authorization": f"Bearer {acme.key}"}]
        for headers in given:
            async with served.connect(headers=headers) as stream:
                await stream.init(None if "Authorization" in headers else acme.key)

                assert await stream.receive_close() == 4403

    async def test_an_origin_that_is_taken_away_starts_nothing_on_an_open_connection(
        self, served: ServedGraph, acme: Tenant
    ) -> None:
        await allow(acme, APP)
        async with served.connect(headers={"Origin": APP}) as stream:
            await stream.init(await open_session(acme))
            assert await stream.receive() == {"type": "connection_ack"}
            await allow(acme)
            await stream.subscribe(VIEWER)

            assert await stream.receive_close() == 4403


class TestOutage:
    """While the database does not answer, nobody is let in and everybody is told so."""

    async def test_a_preflight_is_refused_and_a_credential_cannot_be_read(self, settings: Settings) -> None:
        nowhere = msgspec.structs.replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none")
        async with open_graph(nowhere) as graph:
            preflight = await ask_first(graph, APP)
            answer = await graph.post(VIEWER, api_key=make_api_key())

        assert preflight.status_code == 403
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
