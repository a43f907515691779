"""A person's browser meets an offer's page, whose texts stay text, presses its button and lands in the shop (TR12)."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import URL

from tests.chaos.tokens import read_click_id
from tests.e2e.brand import CREATE_CREATOR, CREATE_LINK, Brand, Link
from tests.e2e.browser import open_page, require_browser
from tests.e2e.shop import Shop, running_shop
from tests.unit.redirector.pages_read import PAYLOADS
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("TR12")]

CREATE_OFFER = """
    mutation ($url: URL!) {
      createOffer(input: {name: "Shoes", destinationUrl: $url}) { ... on CreateOfferSuccess { offer { id } } }
    }
"""
SET_PAGE = """
    mutation ($id: ID!, $texts: InterstitialInput!) {
      updateOfferInterstitial(input: {id: $id, mode: CUSTOM, interstitial: $texts}) {
        ... on UpdateOfferInterstitialSuccess { offer { interstitialMode } }
      }
    }
"""
CLICK = "query ($id: ID!) { node(id: $id) { ... on Click { counting interstitial { continuedAt } } } }"
TEXTS = {
    "title": "</title></style><script>alert(document.domain)</script>",
    "description": " ".join(PAYLOADS),
    "callToAction": '"><svg onload=alert(1)>',
    "previewTitle": '"><script>alert(2)</script>',
    "previewDescription": "' onmouseover='alert(3)",
    "previewImageUrl": 'https://cdn.example/"><script>alert(4)</script>.png',
}
READ_PAGE = """
    ({
      title: document.title,
      heading: document.querySelector("h1").textContent,
      description: document.querySelector("p").textContent,
      button: document.querySelector("button").textContent,
      preview: document.querySelector('meta[property="og:title"]').content,
      elements: [...new Set([...document.body.querySelectorAll("*")].map((element) => element.localName))],
      handlers: [...document.querySelectorAll("*")].filter((element) => element.onload || element.onmouseover).length,
    })
"""
PRESS = "document.querySelector('button').click()"
PREVIEWER = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"


@pytest.fixture
def shop() -> Iterator[Shop]:
    require_browser()
    with running_shop() as shop:
        yield shop


async def make_link_with_page(brand: Brand, shop: Shop) -> Link:
    [creator] = (await brand.ask(CREATE_CREATOR))["items"]
    offer_id = (await brand.ask(CREATE_OFFER, url=shop.url))["offer"]["id"]
    answer = await brand.ask(SET_PAGE, id=offer_id, texts=TEXTS)
    assert answer == {"offer": {"interstitialMode": "CUSTOM"}}
    given = {"creatorId": creator["node"]["id"], "destinationUrl": shop.url, "offerId": offer_id}
    return Link(**(await brand.ask(CREATE_LINK, given=given))["link"])


async def test_who_presses_the_button_lands_in_the_shop_and_both_steps_are_kept(brand: Brand, shop: Shop) -> None:
    link = await make_link_with_page(brand, shop)
    async with brand.listening() as listener, open_page(has_window=True) as page:
        assert (await listener.hear())["__typename"] == "StreamReady"
        await page.open(link.shortUrl)
        await eventually(lambda: page.evaluate("document.querySelector('button') !== null"))
        assert await page.evaluate(READ_PAGE) == {
            "title": TEXTS["title"],
            "heading": TEXTS["title"],
            "description": TEXTS["description"],
            "button": TEXTS["callToAction"],
            "preview": TEXTS["previewTitle"],
            "elements": ["main", "h1", "p", "form", "button"],
            "handlers": 0,
        }
        click_id = (await listener.hear())["click"]["id"]

        async def read_click() -> dict[str, Any]:
            click: dict[str, Any] = await brand.ask(CLICK, id=click_id)
            return click

        assert await read_click() == {"counting": "UNIQUE", "interstitial": {"continuedAt": None}}
        assert shop.targets == []

        await page.evaluate(PRESS)

        [target] = await eventually(shop.read_targets)
        landed = URL(target)
        assert (landed.path, list(landed.params)) == ("/shoes", ["size", "creator", "ct"])
        assert read_click_id(landed.params["ct"]).version == 7
        await eventually(read_click, lambda click: click["interstitial"]["continuedAt"] is not None)
        assert page.complaints == []
    expected = {"totalClicks": 1, "humanClicks": 1, "countedClicks": 1, "uniqueClicks": 1}
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == expected)


async def test_an_app_that_previews_the_link_reads_the_texts_and_is_counted_as_a_preview(
    brand: Brand, shop: Shop
) -> None:
    link = await make_link_with_page(brand, shop)
    answer = await brand.follow(link.slug, user_agent=PREVIEWER)
    assert answer.status_code == 200
    assert 'property="og:title" content="&quot;&gt;&lt;script&gt;alert(2)&lt;/script&gt;"' in answer.text
    assert (await brand.follow(link.slug, user_agent="curl/8.5.0")).status_code == 302
    expected = {"totalClicks": 2, "previewFetches": 1, "botClicks": 1}
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == expected)
