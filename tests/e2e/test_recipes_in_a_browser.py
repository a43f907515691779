"""Recipes of docs/conversions.md that run in the buyer's browser: pasted as they stand there, opened in Chromium."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from creatrail.embedded.folders import PROJECT
from tests.e2e.brand import Brand, Link
from tests.e2e.brand_site import BrandSite, running_brand_site
from tests.e2e.browser import Page, open_page, require_browser
from tests.e2e.recipes import (
    await_conversions,
    click,
    create_signing_key,
    fill_in,
    find_tracker,
    read_code,
    running_example,
)
from tests.e2e.test_recipes_of_servers import SECRET, tell
from tests.service import find_free_ports
from tests.unit.examples.test_shopify import ORDER
from tests.waiting import eventually
from tracking.clock import utc_now

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("LO14", "LO15")]

BOUGHT: Final = ("sale", "APPROVED", "CLICK_ID", "TOKEN", "59.90", True)
SIGNED: Final = ("sale", "APPROVED", "CLICK_ID", "SIGNED", "59.90", True)
# What a container does with tags of custom HTML: scripts are made anew, without any attribute but their address.
CONTAINER: Final = """
    <script>
      const put = (html) => {
        const box = document.createElement("div");
        box.innerHTML = html;
        for (const { src, text } of box.querySelectorAll("script")) {
          document.head.append(Object.assign(document.createElement("script"), src ? { src } : { text }));
        }
      };
      window.dataLayer = [];
      dataLayer.push = (it) => {
        window.ofDataLayer = it.ecommerce;
        if (it.event === "purchase") put(PURCHASE.replace("{{ecommerce}}", "window.ofDataLayer"));
      };
      put(EVERY_PAGE);
    </script>
"""
PURCHASE: Final = {
    "event": "purchase",
    "ecommerce": {"transaction_id": "G1", "value": 59.9, "currency": "EUR", "items": []},
}


@pytest.fixture(scope="module")
async def window() -> AsyncIterator[Page]:
    """As a person has it: a browser that says it is a script earns nothing."""
    require_browser()
    async with open_page(has_window=True) as page:
        yield page


@pytest.fixture
async def page(window: Page) -> Page:
    await window.call("Network.clearBrowserCookies")
    window.complaints.clear()
    return window


@pytest.fixture
def site() -> Iterator[BrandSite]:
    with running_brand_site() as site:
        yield site


async def visit(page: Page, url: str) -> None:
    await page.open(url)
    await eventually(lambda: page.evaluate("document.readyState === 'complete' && location.pathname"))


async def land(page: Page, site: BrandSite, link: Link, keeps: str = "document.cookie") -> None:
    """Follow the link, until the page that it leads to has kept the click."""
    await page.open(link.shortUrl)
    await eventually(lambda: page.evaluate(f"location.host === '{site.url('/')[7:-1]}' && {keeps}"))


def embed(text: str) -> str:
    """In a script inside a page."""
    return json.dumps(text).replace("</", "<\\/")


@pytest.mark.parametrize("confirmation", [0, 1], ids=["script", "attributes under a strict policy"])
async def test_plain_html_credits_the_click_and_a_reloaded_page_is_one_order(
    brand: Brand, site: BrandSite, page: Page, confirmation: int
) -> None:
    link = await brand.create_link(site.url("/"))
    landing, *confirmations = await fill_in(brand, read_code("Plain HTML", "html"))
    site.pages = {"/": landing, "/thanks": landing + confirmations[confirmation]}
    if confirmation == 1:
        tracker = find_tracker(brand)
        site.policy = f"default-src 'none'; img-src data:; script-src {tracker}; connect-src {tracker}"

    await land(page, site, link)
    for _ in range(3):
        await visit(page, site.url("/thanks"))
    [found] = await await_conversions(brand, BOUGHT)

    assert (found["txnId"], found["source"], found["link"]["id"]) == ("1001", "SNIPPET", link.id)
    assert page.complaints == []


@pytest.mark.feature("LO15")
async def test_plain_html_gives_no_credit_to_who_never_clicked(brand: Brand, site: BrandSite, page: Page) -> None:
    link = await brand.create_link(site.url("/"))
    await click(brand, link)
    landing, confirmation, _ = await fill_in(brand, read_code("Plain HTML", "html"))
    site.pages = {"/": landing, "/thanks": landing + confirmation}

    for path in ("/", "/thanks"):
        await visit(page, site.url(path))

    await await_conversions(brand, ("sale", "HELD", "NONE", "UNVERIFIED", "59.90", False))


async def test_a_tag_manager_that_drops_attributes_reports_the_purchase(
    brand: Brand, site: BrandSite, page: Page
) -> None:
    link = await brand.create_link(site.url("/"))
    every_page, purchase = await fill_in(brand, read_code("Tag manager", "html"))
    assert "{{ecommerce}}" in purchase
    container = CONTAINER.replace("EVERY_PAGE", embed(every_page)).replace("PURCHASE", embed(purchase))
    bought = f"<script>dataLayer.push({json.dumps(PURCHASE)})</script>"
    site.pages = {"/": container, "/thanks": container + bought}

    await land(page, site, link)
    await visit(page, site.url("/thanks"))
    [found] = await await_conversions(brand, BOUGHT)

    assert (found["txnId"], found["source"]) == ("G1", "SNIPPET")
    assert page.complaints == []


def write_shopify_page(pixel: str, events: Sequence[dict[str, Any]]) -> str:
    page = (Path(__file__).parent / "shopify_page.html").read_text()
    inside = pixel.replace("\\", "\\\\").replace("`", "\\`").replace("${", "\\${")
    return page.replace("PIXEL", inside).replace("EVENTS_HERE", json.dumps(events))


@pytest.mark.feature("TR13", "TR16", "R7")
async def test_shopifys_pixel_and_its_webhook_make_one_conversion_of_the_higher_trust(
    brand: Brand, site: BrandSite, page: Page, tmp_path: Path
) -> None:
    link = await brand.create_link(site.url("/"))
    [pixel] = await fill_in(brand, [(PROJECT / "examples" / "shopify" / "pixel.js").read_text()])
    viewed = {"name": "page_viewed", "data": {}}
    completed = {"name": "checkout_completed", "data": {"checkout": make_checkout()}}
    site.pages = {"/": write_shopify_page(pixel, [viewed]), "/thanks": write_shopify_page(pixel, [viewed, completed])}

    await land(page, site, link, "document.cookie.includes('creatrail_latest')")
    for _ in range(3):
        await visit(page, site.url("/thanks"))
    [by_pixel] = await await_conversions(brand, BOUGHT)
    assert (by_pixel["source"], page.complaints) == ("SNIPPET", [])

    price = {"presentment_money": {"amount": "59.90", "currency_code": "EUR"}}
    order = {**ORDER, "landing_site": "/", "processed_at": utc_now().isoformat(), "total_price_set": price}
    [port] = find_free_ports(1)
    given = {
        "SIGNING_KEY": await create_signing_key(brand),
        "SHOPIFY_SECRET": SECRET,
        "OUTBOX": str(tmp_path / "outbox.db"),
    }
    with running_example(brand, "examples.shopify.webhooks", port, **given):
        assert await tell(f"http://127.0.0.1:{port}/", "orders/paid", order) == 200
        [found] = await await_conversions(brand, SIGNED)

    assert (found["txnId"], found["click"]) == (by_pixel["txnId"], by_pixel["click"])
    assert sorted(report["source"] for report in found["reports"]) == ["SIGNED_POSTBACK", "SNIPPET"]


def make_checkout() -> dict[str, Any]:
    return {
        "order": {"id": f"gid://shopify/OrderIdentity/{ORDER['id']}"},
        "totalPrice": {"amount": 59.9, "currencyCode": "EUR"},
        "currencyCode": "EUR",
        "discountApplications": [],
    }


def test_the_pixel_touches_nothing_that_its_sandbox_has_not() -> None:
    pixel = (PROJECT / "examples" / "shopify" / "pixel.js").read_text()
    code = "\n".join(line for line in pixel.splitlines() if not line.startswith("//"))

    absent = ("window", "parent", "top.", "document.cookie", "localStorage", "import")
    assert [name for name in absent if name in code] == []
