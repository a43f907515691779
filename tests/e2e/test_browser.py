"""A person's browser follows a link to the brand's site, and a script's browser does; GraphiQL runs in one, too."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import URL

from tests.chaos.tokens import read_click_id
from tests.e2e.brand import Brand
from tests.e2e.browser import SCRIPTS_OFF, open_page, require_browser, running_headless, running_window
from tests.e2e.shop import Shop, running_shop
from tests.product_queries import read_query
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("e2e")

CLICKS_BY_NPM = """
    new Promise((resolve, reject) => {
      const url = new URL("/graphql", location.href.replace("http", "ws")).href;
      const client = graphqlWs.createClient({ url, connectionParams: { Authorization: `Bearer TOKEN` } });
      const query = "subscription { clicks { __typename ... on ClickRecorded { click { counting } } } }";
      window.heard = [];
      client.subscribe({ query }, {
        next: (event) => { window.heard.push(event.data.clicks); if (window.heard.length === 1) resolve(true); },
        error: reject,
        complete: () => {},
      });
    })
"""
# Presses the button unless a query runs, and reads what the last one answered.
RUN_AND_READ = """
    (() => {
      const shown = document.querySelector(".result-window")?.innerText ?? "";
      if (!shown.includes("{")) document.querySelector('.graphiql-execute-button[aria-label^="Execute"]')?.click();
      return shown;
    })()
"""


@pytest.fixture(autouse=True)
def browser() -> None:
    require_browser()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with running_shop() as shop:
        yield shop


@pytest.mark.feature("LO3", "LO4", "LO6", "LO7")
async def test_a_person_without_scripts_lands_in_the_shop_and_is_one_unique_click(brand: Brand, shop: Shop) -> None:
    link = await brand.create_link(shop.url)

    async with brand.listening() as listener:
        assert (await listener.hear())["__typename"] == "StreamReady"
        with running_window(link.shortUrl, SCRIPTS_OFF):
            [target] = await eventually(shop.read_targets)
            told = await listener.hear()

    landed = URL(target)
    assert (landed.path, list(landed.params)) == ("/shoes", ["size", "creator", "ct"])
    assert landed.params["creator"] == "ann"
    assert read_click_id(landed.params["ct"]).version == 7
    assert (told["click"]["counting"], told["click"]["verdict"]["verdict"]) == ("UNIQUE", "HUMAN")
    expected = {"totalClicks": 1, "humanClicks": 1, "countedClicks": 1, "uniqueClicks": 1}
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == expected)


@pytest.mark.feature("R4", "TR6")
async def test_a_browser_without_a_window_is_stored_and_counted_as_a_bot(brand: Brand, shop: Shop) -> None:
    link = await brand.create_link(shop.url)

    async with brand.listening() as listener:
        assert (await listener.hear())["__typename"] == "StreamReady"
        with running_headless(link.shortUrl, SCRIPTS_OFF):
            [target] = await eventually(shop.read_targets)
            told = await listener.hear()

    assert list(URL(target).params) == ["size", "creator"]
    assert told["click"]["counting"] == "BOT"
    assert told["click"]["verdict"] == {"verdict": "BOT", "class": "HEADLESS"}
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == {"totalClicks": 1, "botClicks": 1})


async def test_graphiql_opens_with_its_first_query_and_asks_nobody_else(brand: Brand, shop: Shop) -> None:
    await brand.create_link(shop.url)
    origin = f"http://127.0.0.1:{brand.system.settings.api_port}"

    async with open_page() as page:
        await page.open(f"{origin}/graphql#key={brand.token}")

        await eventually(lambda: page.evaluate(RUN_AND_READ), lambda shown: '"campaigns"' in shown)

        assert page.complaints == []
        assert [url for url in page.requested if not url.startswith((origin, "data:"))] == []


@pytest.mark.feature("R13")
async def test_graphiql_shows_a_click_as_it_is_told(brand: Brand, shop: Shop) -> None:
    link = await brand.create_link(shop.url)
    given = f"key={brand.token}&query={quote(read_query('06'))}"

    async with open_page() as page:
        await page.open(f"http://127.0.0.1:{brand.system.settings.api_port}/graphql#{given}")
        await eventually(lambda: page.evaluate(RUN_AND_READ), lambda shown: '"StreamReady"' in shown)
        await brand.follow(link.slug)

        await eventually(lambda: page.evaluate(RUN_AND_READ), lambda shown: '"UNIQUE"' in shown)
        assert page.complaints == []


@pytest.mark.feature("R13")
async def test_the_npm_client_hears_a_click_in_a_browser(brand: Brand, shop: Shop) -> None:
    link = await brand.create_link(shop.url)

    async with open_page() as page:
        await page.open(f"http://127.0.0.1:{brand.system.settings.api_port}/graphql")
        await eventually(lambda: page.evaluate("typeof graphqlWs"), lambda kind: kind == "object")
        await page.evaluate(CLICKS_BY_NPM.replace("TOKEN", brand.token))
        await brand.follow(link.slug)

        async def read_heard() -> list[dict[str, Any]]:
            heard: list[dict[str, Any]] = json.loads(await page.evaluate("JSON.stringify(window.heard)"))
            return heard

        heard = await eventually(read_heard, lambda heard: len(heard) == 2)

    assert heard == [{"__typename": "StreamReady"}, {"__typename": "ClickRecorded", "click": {"counting": "UNIQUE"}}]
