"""What people buy in their browser, from the short link to the graph: with our snippets on pages of another origin."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.e2e.brand import Brand, Link
from tests.e2e.brand_site import BrandSite, running_brand_site
from tests.e2e.browser import Page, open_page, require_browser
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("LO14", "LO15", "TR13")]

CREATE_KEY: Final = "mutation { createSnippetKey(input: {}) { ... on CreateSnippetKeySuccess { snippetKey { key } } } }"
SNIPPETS: Final = "{ viewer { account { conversionTracking { landingSnippet confirmationSnippet } } } }"
CHECKS: Final = "{ viewer { account { conversionTracking { checks { name state hosts } } } } }"
CONVERSIONS: Final = """
    {
      conversions {
        nodes {
          txnId status trust method source isCounted value { amount currency }
          click { id } link { id } reports { pageHost }
        }
      }
    }
"""
CLICKS: Final = "query ($id: ID!) { node(id: $id) { ... on Link { clicks { nodes { id counting } } } } }"
EXAMPLE_ORDER: Final = 'event: "sale", value: "12.50", currency: "EUR", txnId: "1001"'


@pytest.fixture
def site() -> Iterator[BrandSite]:
    require_browser()
    with running_brand_site() as site:
        yield site


@pytest.fixture
async def link(brand: Brand, site: BrandSite) -> Link:
    """Leads to a page with the landing snippet; an order of 12.50 EUR is confirmed at `/thanks`."""
    await brand.ask(CREATE_KEY)
    snippets = (await brand.ask(SNIPPETS))["account"]["conversionTracking"]
    site.pages["/land"] = site.pages["/second"] = snippets["landingSnippet"]
    site.pages["/thanks"] = snippets["confirmationSnippet"]
    assert EXAMPLE_ORDER in site.pages["/thanks"]
    return await brand.create_link(site.url("/land?size=42#red"))


async def visit(page: Page, url: str) -> None:
    """Until the page and its scripts have run, wherever the address redirects to."""
    await page.evaluate("window.isLeft = true")
    await page.open(url)
    await eventually(lambda: page.evaluate("!window.isLeft && document.readyState === 'complete'"))


async def list_conversions(brand: Brand) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (await brand.ask(CONVERSIONS))["nodes"]
    return listed


async def find_conversion(brand: Brand, txn_id: str) -> dict[str, Any]:
    """Once it is on the graph."""
    found = await eventually(
        lambda: list_conversions(brand), lambda listed: any(each["txnId"] == txn_id for each in listed)
    )
    return next(each for each in found if each["txnId"] == txn_id)


async def list_clicks(brand: Brand, link: Link) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = (await brand.ask(CLICKS, id=link.id))["clicks"]["nodes"]
    return listed


async def test_what_is_bought_after_a_second_page_is_credited_to_the_click(
    brand: Brand, site: BrandSite, link: Link
) -> None:
    async with open_page(has_window=True) as page:
        await visit(page, link.shortUrl)
        assert await page.evaluate("location.pathname + location.hash") == "/land#red"
        await visit(page, site.url("/second"))
        await visit(page, site.url("/thanks"))
        sold = await find_conversion(brand, "1001")
        assert page.complaints == []

    [click] = await list_clicks(brand, link)
    assert click["counting"] == "UNIQUE"
    assert sold == {
        "txnId": "1001",
        "status": "APPROVED",
        "trust": "TOKEN",
        "method": "CLICK_ID",
        "source": "SNIPPET",
        "isCounted": True,
        "value": {"amount": "12.50", "currency": "EUR"},
        "click": {"id": click["id"]},
        "link": {"id": link.id},
        "reports": [{"pageHost": "shop.localhost"}],
    }
    checks = (await brand.ask(CHECKS))["account"]["conversionTracking"]["checks"]
    assert {check["name"]: check["state"] for check in checks} == dict.fromkeys(
        ("DOMAIN", "SNIPPET", "CLICK_ID", "CONVERSION", "TXN_ID", "CURRENCY"), "OK"
    )
    assert {check["name"]: check["hosts"] for check in checks}["CLICK_ID"] == ["shop.localhost"]


async def test_another_profile_that_buys_credits_nobody(brand: Brand, site: BrandSite, link: Link) -> None:
    async with open_page(has_window=True) as page:
        await visit(page, link.shortUrl)
    async with open_page(has_window=True) as page:
        await visit(page, site.url("/thanks"))
        sold = await find_conversion(brand, "1001")

    assert len(await eventually(lambda: list_clicks(brand, link))) == 1
    assert (sold["click"], sold["link"], sold["method"]) == (None, None, "NONE")
    assert (sold["trust"], sold["isCounted"]) == ("UNVERIFIED", False)


async def test_a_sandboxed_confirmation_that_is_shown_three_times_is_one_conversion(
    brand: Brand, site: BrandSite, link: Link
) -> None:
    site.pages["/checkout"] = site.pages["/thanks"]
    site.pages["/fence"] = site.pages["/thanks"].replace("1001", "1002")
    frame = '`<iframe sandbox="allow-scripts" src="/checkout?ct=${creatrail.clickId()}"></iframe>`'
    site.pages["/thanks"] = site.pages["/second"].replace("async ", "") + f"<script>document.write({frame})</script>"

    async with open_page(has_window=True) as page:
        await visit(page, link.shortUrl)
        for _ in range(3):
            await visit(page, site.url("/thanks"))
            sold = await find_conversion(brand, "1001")
        await visit(page, site.url("/fence"))
        await find_conversion(brand, "1002")

    [click] = await list_clicks(brand, link)
    assert sorted(each["txnId"] for each in await list_conversions(brand)) == ["1001", "1002"]
    assert (sold["status"], sold["trust"], sold["method"]) == ("APPROVED", "TOKEN", "CLICK_ID")
    assert sold["click"] == {"id": click["id"]}


async def test_a_pixel_on_a_shared_link_belongs_to_the_link_and_is_held(
    brand: Brand, site: BrandSite, link: Link
) -> None:
    address = link.shortUrl.replace(link.slug, f"pixel/{link.slug}.gif")
    site.pages["/pixel"] = f'<img src="{address}?event=sale&revenue=9.90&currency=EUR&txn_id=px1">'

    async with open_page(has_window=True) as page:
        await visit(page, link.shortUrl)
        await visit(page, site.url("/pixel"))
        sold = await find_conversion(brand, "px1")

    assert (sold["status"], sold["trust"], sold["method"]) == ("HELD", "UNVERIFIED", "LINK")
    assert sold["isCounted"] is False
    assert (sold["click"], sold["link"], sold["source"]) == (None, {"id": link.id}, "PIXEL")
