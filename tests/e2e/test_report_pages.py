"""A brand's report page in Chromium: on a phone and on a desk, by day and by night, with names that are attacks."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.clicking import make_event, store
from tests.e2e.brand import Brand
from tests.e2e.browser import SCRIPTS_OFF, Page, open_page, require_browser
from tests.unit.redirector.pages_read import PAYLOADS
from tests.waiting import eventually
from tracking.database import open_pool

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("LO12", "CU12")]

EXAMINE: Final = Path(__file__).with_name("report_page.js").read_text()
SIZES: Final = {"phone": (360, 740), "desk": (1280, 900)}
HANDLES: Final = ("ann", "bob", "x" * 60)
NAMES: Final = (
    "<script>document.title='taken'</script>",
    "\u202e\u05de\u05d9\u05e8\u05d4 🎒 " + "n" * 180,
    " ".join(PAYLOADS)[:200],
)
SET_UP = """
    mutation ($creators: [CreatorInput!]!) {
      createCampaign(input: {name: "</title><script>alert(1)</script>"}) {
        ... on CreateCampaignSuccess { campaign { id } }
      }
      createCreators(input: {creators: $creators}) { ... on CreateCreatorsSuccess { items { node { id } } } }
    }
"""
JOIN = """
    mutation ($campaignId: ID!, $creatorIds: [ID!]!) {
      createTrackingDeliverable(
        input: {campaignId: $campaignId, name: "Shop", destinationUrl: "https://shop.example/"}
      ) { __typename }
      addCreatorsToCampaign(input: {campaignId: $campaignId, creatorIds: $creatorIds, stage: ACCEPTED}) {
        ... on AddCreatorsToCampaignSuccess { items { ok } }
      }
    }
"""
LINKS = "query ($id: ID!) { node(id: $id) { ... on Campaign { links { nodes { id shortUrl creator { id } } } } } }"
MAKE_PAGE = """
    mutation ($input: CreateReportPageInput!) {
      createReportPage(input: $input) { ... on CreateReportPageSuccess { url } }
    }
"""
READ = """
    ({
      title: document.title,
      heading: document.querySelector("h1").textContent,
      unique: [...document.querySelectorAll("tbody th[dir]")].map(
        (each) => [each.firstChild.data, each.closest("tr").cells[1].textContent]),
      scripts: document.scripts.length,
    })
"""


def read_key(global_id: str) -> int:
    from api.ids import split_id  # noqa: PLC0415 -- only to write clicks as the redirector would

    parts = split_id(global_id)
    assert parts is not None
    return int(parts[1])


async def make_report(brand: Brand, *, of_creator: bool = False) -> tuple[str, list[str]]:
    """The address of a page, and the short links of its first creator; the first has 3 unique clicks, the next 1."""
    creators = [{"handle": handle, "name": name} for handle, name in zip(HANDLES, NAMES, strict=True)]
    made = await brand.ask_all(SET_UP, creators=creators)
    campaign_id = made["createCampaign"]["campaign"]["id"]
    creator_ids = [item["node"]["id"] for item in made["createCreators"]["items"]]
    await brand.ask_all(JOIN, campaignId=campaign_id, creatorIds=creator_ids)
    links: list[dict[str, Any]] = (await brand.ask(LINKS, id=campaign_id))["links"]["nodes"]
    pool = await open_pool(brand.system.settings)
    for creator_id, visitors in zip(creator_ids, (3, 1, 0), strict=True):
        link = next(each for each in links if each["creator"]["id"] == creator_id)
        clicks = [
            make_event(
                brand.account_id,
                visitor=visitor,
                link_id=read_key(link["id"]),
                campaign_id=read_key(campaign_id),
                creator_id=read_key(creator_id),
            )
            for visitor in range(visitors)
        ]
        await store(pool, *clicks)
    await pool.close()
    subject = {"creatorId": creator_ids[0]} if of_creator else {"campaignId": campaign_id}
    page = await brand.ask(MAKE_PAGE, input=subject)
    return page["url"], [each["shortUrl"] for each in links if each["creator"]["id"] == creator_ids[0]]


async def show(page: Page, url: str, size: str = "desk", scheme: str = "light") -> None:
    width, height = SIZES[size]
    await page.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=size == "phone"
    )
    await page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    await page.open(url)
    await eventually(lambda: page.evaluate("document.readyState === 'complete' && location.href !== 'about:blank'"))


async def show_counted(page: Page, url: str, clicks: str) -> None:
    """Once the worker has counted what was clicked."""

    async def read() -> str:
        await show(page, url)
        value: str = await page.evaluate("document.querySelector('.value').textContent")
        return value

    await eventually(read, lambda value: value == clicks)


@pytest.mark.parametrize("of_creator", [False, True])
async def test_it_can_be_read_everywhere_and_asks_nobody_else(brand: Brand, *, of_creator: bool) -> None:
    require_browser()
    url, _ = await make_report(brand, of_creator=of_creator)
    async with open_page() as page:
        await show_counted(page, url, "3" if of_creator else "4")
        for size in SIZES:
            for scheme in ("light", "dark"):
                await show(page, url, size, scheme)
                await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
                found = await page.evaluate(EXAMINE)
                assert found["texts"] > 40, found
                assert (found["pale"], found["overflow"], found["unnamed"]) == ([], 0, 0), (size, scheme)
        assert page.complaints == []
        origin = url[: url.index("/r/")]
        assert [each for each in page.requested if not each.startswith((origin, "data:", "about:"))] == []


async def test_names_stay_text_and_a_column_sorts(brand: Brand) -> None:
    require_browser()
    url, _ = await make_report(brand)
    async with open_page() as page:
        await show_counted(page, url, "4")
        read = await page.evaluate(READ)
        expected = [["@ann", "3"], ["@bob", "1"], [f"@{HANDLES[2]}", "0"]]
        assert read == {
            "title": "</title><script>alert(1)</script>",
            "heading": "</title><script>alert(1)</script>",
            "unique": expected,
            "scripts": 1,
        }

        await page.evaluate("document.querySelector('thead [aria-sort] a').click()")

        await eventually(lambda: page.evaluate("location.search.includes('direction=asc')"))
        await eventually(lambda: page.evaluate(READ), lambda read: read["unique"] == expected[::-1])


async def test_a_creator_copies_a_link_and_sees_its_code(brand: Brand) -> None:
    require_browser()
    url, [short_url] = await make_report(brand, of_creator=True)
    async with open_page() as page:
        await show(page, url)
        await page.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        await page.call("Page.bringToFront")

        await page.evaluate("document.querySelector('button[data-copies]').click()")

        await eventually(
            lambda: page.evaluate("document.querySelector('button[data-copies]').textContent === 'Copied'")
        )
        assert await page.evaluate("navigator.clipboard.readText()") == short_url
        await page.evaluate("document.querySelector('.links details').open = true")
        drawn = "document.querySelector('.links img').complete && document.querySelector('.links img').naturalWidth > 0"
        await eventually(lambda: page.evaluate(drawn))
        assert page.complaints == []


async def test_without_scripts_the_address_is_there_to_be_selected(brand: Brand) -> None:
    require_browser()
    url, [short_url] = await make_report(brand, of_creator=True)
    async with open_page(SCRIPTS_OFF) as page:
        await show(page, url)
        assert await page.evaluate("document.querySelector('.share input').value") == short_url
        assert await page.evaluate("document.querySelector('button[data-copies]').hidden") is True


async def test_the_examination_finds_pale_text_and_what_is_too_wide(brand: Brand) -> None:
    """Its negative control."""
    require_browser()
    url, _ = await make_report(brand)
    async with open_page() as page:
        await show(page, url, "phone")
        await page.evaluate(
            "document.querySelector('h1').style.setProperty('color', '#aaa');"
            "document.querySelector('main').style.setProperty('width', '500px');"
            "document.querySelector('.range input').parentElement.replaceWith(document.createElement('button'))"
        )
        found = await page.evaluate(EXAMINE)
        assert [each.split(" ")[0] for each in found["pale"]] == ["h1."]
        assert found["overflow"] == 140
        assert found["unnamed"] == 1
