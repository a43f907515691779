"""The scripts of the snippets in Chromium, on a site that writes down what they tell the tracking domain."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.e2e.brand_site import BrandSite, Told, running_brand_site
from tests.e2e.browser import Page, open_page, require_browser
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("LO14")]

FIRST, SECOND = "A" * 33 + "1", "B" * 33 + "2"
CLICKS = "[creatrail.firstClickId(), creatrail.clickId()].join()"
IS_PRIVATE = "<script>Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })</script>"
EARLY = "creatrail.convert({txnId: 'early'})"
CALL = "<script>window.creatrail = window.creatrail || { queue: [], convert: function (it) { this.queue.push(it); } };"


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Page]:
    require_browser()
    async with open_page() as page:
        yield page


@pytest.fixture
async def page(browser: Page) -> Page:
    """The same browser for all tests here, as if it had been nowhere yet: storage goes with the port of the site."""
    await browser.call("Network.clearBrowserCookies")
    browser.complaints.clear()
    return browser


@pytest.fixture
def site() -> Iterator[BrandSite]:
    with running_brand_site() as site:
        site.pages["/"] = site.write_script("creatrail.js")
        yield site


async def visit(page: Page, url: str) -> None:
    """Until the page and its scripts have run."""
    await page.open(url)
    await eventually(lambda: page.evaluate(f"document.readyState === 'complete' && location.href === {url!r}"))


async def await_reports(site: BrandSite, count: int = 1) -> list[Told]:
    return await eventually(site.read_reports, lambda told: len(told) >= count)


def list_complaints(page: Page, site: BrandSite) -> list[str]:
    """Without those of a page before, which reports as it is left, to a site that is gone."""
    return [each for each in page.complaints if "net::ERR_CONNECTION" not in each or f":{site.port}/" in each]


def convert(fields: str) -> str:
    return f"creatrail.convert({fields})"


async def test_the_first_and_the_latest_click_are_kept_for_all_hosts_of_the_brand(page: Page, site: BrandSite) -> None:
    await visit(page, site.url(f"/?ct={FIRST}", "www.shop.localhost"))
    assert await page.evaluate(CLICKS) == f"{FIRST},{FIRST}"
    await visit(page, site.url(f"/?size=42&click_id={SECOND}#red", "pay.shop.localhost"))
    assert await page.evaluate(CLICKS) == f"{FIRST},{SECOND}"
    await visit(page, site.url("/"))
    assert await page.evaluate(CLICKS) == f"{FIRST},{SECOND}"
    await visit(page, site.url("/", "other.localhost"))
    assert await page.evaluate(CLICKS) == ","
    assert list_complaints(page, site) == []


@pytest.mark.parametrize("query", ["", "?ct=", "?ct=short", f"?ct={FIRST}x", f"?act={FIRST}", f"?utm_ct={FIRST}"])
async def test_what_is_no_click_id_is_not_kept(page: Page, site: BrandSite, query: str) -> None:
    await visit(page, site.url(f"/{query}"))

    assert await page.evaluate(f"{CLICKS} + document.cookie") == ","


async def test_a_click_is_forgotten_after_as_many_days_as_the_snippet_says(page: Page, site: BrandSite) -> None:
    site.pages["/short"] = site.write_script("creatrail.js", "data-days=10")
    ago = "Math.floor(Date.now() / 1000) - {} * 86400"
    keep = f"document.cookie = ['_creatrail={FIRST}', {ago.format(40)}, '{SECOND}', {ago.format(20)}].join('.')"

    await visit(page, site.url("/"))
    await page.evaluate(keep)
    assert await page.evaluate(CLICKS) == f"{SECOND},{SECOND}"
    await visit(page, site.url("/short"))
    assert await page.evaluate(CLICKS) == ","


async def test_where_cookies_are_refused_storage_keeps_it(page: Page, site: BrandSite) -> None:
    refuse = "<script>Object.defineProperty(document, 'cookie', { get: () => '', set: () => {} })</script>"
    site.pages["/"] = refuse + site.write_script("creatrail.js")

    await visit(page, site.url(f"/?ct={FIRST}"))
    await visit(page, site.url("/"))

    assert await page.evaluate(CLICKS) == f"{FIRST},{FIRST}"
    assert list_complaints(page, site) == []


async def test_a_conversion_says_what_it_was_given_and_what_was_kept(page: Page, site: BrandSite) -> None:
    await visit(page, site.url(f"/?ct={FIRST}"))
    await visit(page, site.url(f"/?ct={SECOND}"))
    await page.evaluate(convert("{event: 'sale', value: '12.50', currency: 'EUR', txnId: 1001, coupon: 'ANN 10'}"))
    [told] = await await_reports(site)

    assert (told.method, told.origin, told.cookie) == ("POST", site.url(""), None)
    assert told.fields == {
        "key": "ct_pub_k",
        "event": "sale",
        "revenue": "12.50",
        "currency": "EUR",
        "txn_id": "1001",
        "coupon": "ANN 10",
        "click_id": SECOND,
        "first_click_id": FIRST,
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [("12.5", "12.5"), ("0.1 + 0.2", "0.3"), ("100", "100"), ("1e6", "1000000"), ("0", "0"), ("'1,5'", "1,5")],
)
async def test_numbers_are_written_as_decimals(page: Page, site: BrandSite, value: str, written: str) -> None:
    await visit(page, site.url("/"))
    await page.evaluate(convert(f"{{value: {value}, txnId: 'a'}}"))
    [told] = await await_reports(site)

    assert told.fields["revenue"] == written


@pytest.mark.parametrize("order", [("creatrail.js", "convert.js"), ("convert.js", "creatrail.js"), ("convert.js",)])
async def test_calls_from_before_the_scripts_are_there_are_made_once(
    page: Page, site: BrandSite, order: tuple[str, ...]
) -> None:
    site.pages["/thanks"] = f"{CALL}{EARLY}</script>" + "".join(site.write_script(script, "async") for script in order)

    await visit(page, site.url("/thanks"))
    await page.evaluate(convert("{txnId: 'late'}"))
    told = await await_reports(site, 2)

    assert sorted(each.fields["txn_id"] for each in told) == ["early", "late"]
    assert list_complaints(page, site) == []


async def test_under_a_strict_policy_attributes_say_it_all(page: Page, site: BrandSite) -> None:
    site.policy = f"default-src 'none'; img-src data:; script-src {site.tracker}; connect-src {site.tracker}"
    said = 'data-event="lead" data-value="5" data-currency="EUR" data-txn-id="L1" data-coupon="ANN10"'
    site.pages["/thanks"] = site.write_script("convert.js", said)

    await visit(page, site.url(f"/thanks?ct={FIRST}"))
    [told] = await await_reports(site)

    assert told.fields["event"] == "lead"
    assert [told.fields[name] for name in ("revenue", "currency", "txn_id", "coupon")] == [
        "5",
        "EUR",
        "L1",
        "ANN10",
    ]
    assert told.fields["click_id"] == FIRST
    assert list_complaints(page, site) == []


async def test_a_key_may_stand_in_the_address_for_tag_managers_that_drop_attributes(
    page: Page, site: BrandSite
) -> None:
    site.pages["/thanks"] = f'<script src="{site.tracker}/js/v1/convert.js?key=ct_pub_a"></script>'

    await visit(page, site.url("/thanks"))
    await page.evaluate(convert("{txnId: 'T1'}"))
    [told] = await await_reports(site)

    assert (told.fields["key"], told.fields["txn_id"]) == ("ct_pub_a", "T1")


async def test_where_connections_are_blocked_a_picture_tells(page: Page, site: BrandSite) -> None:
    site.policy = f"default-src 'none'; script-src {site.tracker}; img-src data: {site.tracker}"
    site.pages["/thanks"] = site.write_script("convert.js", 'data-event="sale" data-txn-id="P1"')

    await visit(page, site.url("/thanks"))
    [told] = await await_reports(site)

    assert (told.method, told.fields["txn_id"]) == ("GET", "P1")


@pytest.mark.parametrize(
    ("lacks", "method"),
    [
        ("delete Request.prototype.keepalive", "POST"),
        ("delete Request.prototype.keepalive; navigator.sendBeacon = undefined", "GET"),
        ("delete Request.prototype.keepalive; navigator.sendBeacon = function () { return false; }", "GET"),
        ("window.Request = undefined; navigator.sendBeacon = function () { throw 1; }", "GET"),
    ],
)
async def test_older_browsers_tell_it_in_their_way(page: Page, site: BrandSite, lacks: str, method: str) -> None:
    site.pages["/thanks"] = f"<script>{lacks}</script>" + site.write_script("convert.js")

    await visit(page, site.url(f"/thanks?ct={FIRST}"))
    await page.evaluate(convert("{txnId: 'O1', value: 5}"))
    [told] = await await_reports(site)

    assert (told.method, told.fields["txn_id"], told.fields["revenue"]) == (method, "O1", "5")
    assert list_complaints(page, site) == []


async def test_what_is_told_while_the_page_is_left_arrives(page: Page, site: BrandSite) -> None:
    leave = "location.href = '/'"
    site.pages["/buy"] = site.write_script("creatrail.js") + f"<script>{EARLY}; {leave}</script>"

    await page.open(site.url("/buy"))
    [told] = await await_reports(site)

    assert told.fields["txn_id"] == "early"


async def test_in_a_sandbox_it_reports_the_click_of_its_own_address(page: Page, site: BrandSite) -> None:
    inner = site.url(f"/inner?ct={FIRST}")
    site.pages["/inner"] = site.write_script("creatrail.js") + f"<script>{EARLY}</script>"
    site.pages["/thanks"] = f'<iframe sandbox="allow-scripts" src="{inner}"></iframe>'

    await visit(page, site.url("/thanks"))
    [told] = await await_reports(site)

    assert (told.origin, told.fields["click_id"], told.fields["txn_id"]) == ("null", FIRST, "early")
    assert list_complaints(page, site) == []


async def test_whoever_asks_not_to_be_tracked_is_not(page: Page, site: BrandSite) -> None:
    site.pages["/private"] = IS_PRIVATE + site.write_script("creatrail.js")

    await visit(page, site.url(f"/private?ct={FIRST}"))
    assert await page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"
    await visit(page, site.url("/private"))
    await page.evaluate(convert("{txnId: 'G1'}"))
    [told] = await await_reports(site)

    assert "click_id" not in told.fields
    assert await site.read_sightings() == []


async def test_a_page_is_seen_once_a_tab_and_once_more_with_each_click(page: Page, site: BrandSite) -> None:
    for query in ("", "", f"?ct={FIRST}", f"?ct={FIRST}", "", f"?ct={SECOND}"):
        await visit(page, site.url(f"/{query}"))
    told = await eventually(site.read_sightings, lambda told: len(told) >= 3)

    assert [each.fields.get("ct") for each in told] == [None, FIRST, SECOND]
    assert {each.fields["page"] for each in told} == {"shop.localhost"}


@pytest.mark.parametrize("given", ["", "null", "{txnId: '\\ud800'}", "{get value() { throw 1; }}", "'text'"])
async def test_nothing_is_ever_thrown_into_the_page(page: Page, site: BrandSite, given: str) -> None:
    await visit(page, site.url("/"))
    answer: Any = await page.evaluate(f"[{convert(given)}, 'went on'][1]")

    assert answer == "went on"
    assert list_complaints(page, site) == []


async def test_a_policy_that_forbids_the_script_is_heard_of(page: Page, site: BrandSite) -> None:
    """That no other test here heard a complaint means something."""
    site.policy = "script-src 'none'"
    site.pages["/thanks"] = site.write_script("convert.js", 'data-event="sale"')

    await visit(page, site.url(f"/thanks?ct={FIRST}"))
    await eventually(lambda: page.evaluate("document.scripts.length"), lambda count: count == 1)

    assert "Content Security Policy" in list_complaints(page, site)[0]
    assert await site.read_reports() == []
