"""A stream lasts no longer than what its credential may do, over each transport."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.graph import Graph
from tests.http_streaming import OVER_HTTP, subscribe_over_http
from tests.integration.api.conftest import Tenant
from tests.integration.api.test_http_streams import wait_for_streams
from tests.sessions import open_creator_session
from tests.streaming import ServedGraph
from tracking.accounts.credentials import find_credential
from tracking.accounts.models import Account, ApiKey, Role, Scope, User
from tracking.accounts.service import create_api_key, revoke_api_key
from tracking.accounts.sessions import NewSession, create_session
from tracking.clock import utc_now

pytestmark = pytest.mark.feature("R11", "R13")

CLICKS = "subscription { clicks { __typename } }"
APP = "https://app.example"
WEBSOCKET = "graphql-transport-ws"
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Held(NamedTuple):
    """A credential, and what ends it."""

    token: str
    end: Callable[[], Awaitable[object]]
    headers: dict[str, str]


@asynccontextmanager
async def open_clicks(served: ServedGraph, transport: str, held: Held) -> AsyncIterator[Receive]:
    """Yields what receives the next result."""
    if transport == WEBSOCKET:
        async with served.connect(headers=held.headers) as stream:
            await stream.init(held.token)
            assert await stream.receive() == {"type": "connection_ack"}
            await stream.subscribe(CLICKS)

            async def receive() -> dict[str, Any]:
                payload: dict[str, Any] = (await stream.receive())["payload"]
                return payload

            yield receive
    else:
        async with subscribe_over_http(served, transport, held.token, CLICKS, headers=held.headers) as answer:

            async def receive_part() -> dict[str, Any]:
                return await answer.receive() or {}

            yield receive_part


async def hold_key(tenant: Tenant) -> tuple[str, int]:
    made = await create_api_key(tenant.account.id, "test", [Scope.READ])
    return made.token, made.row.id


async def revoke(tenant: Tenant) -> Held:
    token, key_id = await hold_key(tenant)
    return Held(token, lambda: revoke_api_key(tenant.account.id, key_id), {})


async def expire(tenant: Tenant) -> Held:
    token, key_id = await hold_key(tenant)
    return Held(token, lambda: ApiKey.filter(id=key_id).update(expires_at=utc_now()), {})


async def hold_session(tenant: Tenant, end: Callable[[User], Awaitable[object]], headers: dict[str, str]) -> Held:
    await Account.filter(id=tenant.account.id).update(allowed_origins=[APP])
    user = await User.create(account_id=tenant.account.id, name="Kim", role=Role.ADMIN)
    issuer = await find_credential(tenant.key)
    assert issuer is not None
    secret = tenant.graph.app.state.services.settings.cookie_secret
    session = await create_session(issuer, NewSession(user.id, None), secret)
    return Held(session.token, lambda: end(user), headers)


async def archive_user(tenant: Tenant) -> Held:
    return await hold_session(tenant, lambda user: User.filter(id=user.id).update(archived_at=utc_now()), {})


async def narrow_role(tenant: Tenant) -> Held:
    return await hold_session(tenant, lambda user: User.filter(id=user.id).update(role=Role.VIEWER), {})


async def withdraw_origin(tenant: Tenant) -> Held:
    def end(user: User) -> Awaitable[object]:
        return Account.filter(id=user.account_id).update(allowed_origins=[])

    return await hold_session(tenant, end, {"Origin": APP})


@pytest.mark.parametrize("transport", [WEBSOCKET, *OVER_HTTP])
@pytest.mark.parametrize("hold", [revoke, expire, archive_user, narrow_role, withdraw_origin])
async def test_it_ends_with_its_credential_and_says_why(
    graph: Graph, served: ServedGraph, acme: Tenant, transport: str, hold: Callable[[Tenant], Awaitable[Held]]
) -> None:
    held = await hold(acme)
    async with open_clicks(served, transport, held) as receive:
        assert (await receive())["data"] == {"clicks": {"__typename": "StreamReady"}}
        await wait_for_streams(graph, 1)
        await held.end()
        last = await receive()

    assert [error["extensions"]["code"] for error in last["errors"]] == ["UNAUTHENTICATED"]
    await wait_for_streams(graph, 0)


@pytest.mark.parametrize("transport", [WEBSOCKET, *OVER_HTTP])
async def test_it_ends_when_the_time_of_its_session_is_over(
    served: ServedGraph, acme: Tenant, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(_user: User) -> None:
        later = utc_now() + dt.timedelta(days=400)
        monkeypatch.setattr("api.credential_watch.utc_now", lambda: later)

    held = await hold_session(acme, end, {})
    async with open_clicks(served, transport, held) as receive:
        await receive()
        await held.end()

        assert [error["extensions"]["code"] for error in (await receive())["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("accept", OVER_HTTP)
async def test_a_page_may_read_a_stream_where_its_origin_is_allowed(
    served: ServedGraph, acme: Tenant, accept: str
) -> None:
    held = await withdraw_origin(acme)
    async with subscribe_over_http(served, accept, held.token, CLICKS, headers={"Origin": APP}) as stream:
        assert stream.response.headers["Access-Control-Allow-Origin"] == APP
        await stream.receive_event()
    for token, origin in ((held.token, "https://evil.example"), (acme.key, APP)):
        async with subscribe_over_http(served, accept, token, CLICKS, headers={"Origin": origin}) as refused:
            assert refused.response.status == 403


async def test_a_socket_is_closed_after_the_last_stream_of_its_credential(served: ServedGraph, acme: Tenant) -> None:
    held = await revoke(acme)
    async with served.open_stream(held.token) as stream:
        for operation in ("1", "2"):
            await stream.subscribe(CLICKS, operation=operation)
            await stream.receive_event()
        await held.end()
        said = [await stream.receive() for _ in range(4)]

        assert sorted((each["id"], each["type"]) for each in said) == [
            ("1", "complete"),
            ("1", "next"),
            ("2", "complete"),
            ("2", "next"),
        ]
        assert await stream.receive_close() == 4403


async def test_another_name_and_the_end_of_another_key_end_nothing(
    graph: Graph, served: ServedGraph, acme: Tenant
) -> None:
    """The negative control."""
    user_only = await hold_session(acme, lambda user: User.filter(id=user.id).update(name="Kay"), {})
    doomed = await revoke(acme)
    async with (
        open_clicks(served, WEBSOCKET, user_only) as receive,
        open_clicks(served, WEBSOCKET, doomed) as receive_doomed,
    ):
        await receive()
        await receive_doomed()
        await user_only.end()
        await doomed.end()
        assert "errors" in await receive_doomed()  # by now both were looked at
        assert len(graph.app.state.services.streams) == 1


@pytest.mark.feature("LS11")
async def test_a_creators_stream_ends_with_the_key_that_made_the_session(served: ServedGraph, acme: Tenant) -> None:
    made = await create_api_key(acme.account.id, "test", [Scope.ADMIN])
    creator = await make_creator(acme.account)
    link = await make_link(acme.account, creator)
    token = await open_creator_session(acme.graph, made.token, creator)
    stats = "subscription ($links: [ID!]!) { linkStats(linkIds: $links) { linkId } }"
    async with served.open_stream(token) as stream:
        await stream.subscribe(stats, links=[encode_id("Link", link.id)])
        await stream.receive_event()
        await revoke_api_key(acme.account.id, made.row.id)

        [error] = (await stream.receive())["payload"]["errors"]

    assert error["extensions"]["code"] == "UNAUTHENTICATED"
