"""Chromium opens pages of other origins: one that the account allows asks over HTTP and WebSockets, another cannot."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.e2e.brand import CREATE_CREATOR, Brand
from tests.e2e.browser import Page, open_page, require_browser
from tests.e2e.shop import Shop, running_shop
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("LS11", "R11")]

ALLOW = """
    mutation ($origins: [String!]) {
      updateAccountSettings(input: {allowedOrigins: $origins}) { __typename }
    }
"""
OPEN_SESSION = """
    mutation ($creator: ID!) {
      createSessionToken(input: {creatorId: $creator}) { ... on CreateSessionTokenSuccess { token } }
    }
"""
QUERY = "{ viewer { creator { handle } } }"
ANSWER = {"data": {"viewer": {"creator": {"handle": "ann"}}}}
FETCH = """
    fetch(`http://${API}`, {
      method: "POST",
      headers: { "Authorization": `Bearer ${TOKEN}`, "Content-Type": "application/json" },
      body: JSON.stringify({ query: QUERY }),
    }).then((response) => response.text(), (error) => JSON.stringify(error.name))
"""
CONNECT = """
    new Promise((resolve) => {
      const socket = new WebSocket(`ws://${API}`, "graphql-transport-ws");
      const say = (message) => socket.send(JSON.stringify(message));
      socket.onopen = () => say({ type: "connection_init", payload: { Authorization: `Bearer ${TOKEN}` } });
      socket.onclose = (event) => resolve(JSON.stringify(event.code));
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "connection_ack") say({ type: "subscribe", id: "1", payload: { query: QUERY } });
        if (message.type === "next") resolve(JSON.stringify(message.payload));
      };
    })
"""


@pytest.fixture(autouse=True)
def browser() -> None:
    require_browser()


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Serves every name of localhost, each an origin of its own."""
    with running_shop() as shop:
        yield shop


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with open_page() as page:
        yield page


async def run(page: Page, script: str, brand: Brand, token: str) -> Any:
    api = f"127.0.0.1:{brand.system.settings.api_port}/graphql"
    constants = f"const API = {json.dumps(api)}, TOKEN = {json.dumps(token)}, QUERY = {json.dumps(QUERY)};"
    return json.loads(await page.evaluate(f"(() => {{ {constants} return {script.strip()} }})()"))


async def open_from(page: Page, origin: str) -> None:
    await page.open(f"{origin}/")
    await eventually(lambda: page.evaluate("document.title && location.origin"), lambda shown: shown == origin)


async def open_session(brand: Brand) -> str:
    """Of a creator whose handle is `ann`."""
    [creator] = (await brand.ask(CREATE_CREATOR))["items"]
    token: str = (await brand.ask(OPEN_SESSION, creator=creator["node"]["id"]))["token"]
    return token


async def test_a_page_of_an_allowed_origin_asks_over_both_and_any_other_over_neither(
    brand: Brand, shop: Shop, page: Page
) -> None:
    allowed, other = f"http://app.localhost:{shop.port}", f"http://other.localhost:{shop.port}"
    await brand.ask(ALLOW, origins=[allowed])
    token = await open_session(brand)

    await open_from(page, allowed)
    assert await run(page, FETCH, brand, token) == ANSWER
    assert await run(page, CONNECT, brand, token) == ANSWER

    await open_from(page, other)
    assert await run(page, FETCH, brand, token) == "TypeError"
    assert await run(page, CONNECT, brand, token) == 1006  # the handshake failed


async def test_an_api_key_is_of_no_use_in_a_page(brand: Brand, shop: Shop, page: Page) -> None:
    allowed = f"http://app.localhost:{shop.port}"
    await brand.ask(ALLOW, origins=[allowed])
    await open_from(page, allowed)

    answer = await run(page, FETCH, brand, brand.token)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["ORIGIN_NOT_ALLOWED"]
    assert await run(page, CONNECT, brand, brand.token) == 4403
