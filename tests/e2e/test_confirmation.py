"""People who follow a link that asks to confirm press Continue in their browser, and become a unique click (TR26)."""

from collections.abc import Iterator

import pytest
from httpx2 import URL

from tests.chaos.tokens import read_click_id
from tests.e2e.brand import Brand
from tests.e2e.browser import open_page, require_browser
from tests.e2e.shop import Shop, running_shop
from tests.waiting import eventually

pytestmark = [pytest.mark.xdist_group("e2e"), pytest.mark.feature("TR26")]

INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/128.0.6613.88 Mobile Safari/537.36 Instagram 345.0.0.48.95 Android (34/14; 420dpi; 1080x2400;"
    " Google/google; Pixel 8; shiba; shiba; en_US; 634108168)"
)
ASK_TO_CONFIRM = """
    mutation {
      updateBotPolicy(input: {mode: CONFIRM}) { ... on UpdateBotPolicySuccess { botPolicy { mode } } }
    }
"""
CLICK = "query ($id: ID!) { node(id: $id) { ... on Click { counting verdict { verdict reasons { code } } } } }"
READ_BUTTON = "document.querySelector('button')?.innerText ?? ''"
PRESS = "document.querySelector('button').click()"


@pytest.fixture
def shop() -> Iterator[Shop]:
    require_browser()
    with running_shop() as shop:
        yield shop


@pytest.mark.parametrize("flags", [[], [f"--user-agent={INSTAGRAM}"]], ids=["chromium", "instagram"])
async def test_who_presses_continue_lands_in_the_shop_and_is_one_unique_click(
    brand: Brand, shop: Shop, flags: list[str]
) -> None:
    link = await brand.create_link(shop.url)
    assert await brand.ask(ASK_TO_CONFIRM) == {"botPolicy": {"mode": "CONFIRM"}}

    async with brand.listening() as listener, open_page(*flags, has_window=True) as page:
        assert (await listener.hear())["__typename"] == "StreamReady"
        await page.open(link.shortUrl)
        assert await eventually(lambda: page.evaluate(READ_BUTTON)) == "Continue"
        assert "shop.localhost" in await page.evaluate("document.title")
        click_id = (await listener.hear())["click"]["id"]

        async def read_click() -> tuple[str, set[str]]:
            click = await brand.ask(CLICK, id=click_id)
            return click["counting"], {reason["code"] for reason in click["verdict"]["reasons"]}

        counting, reasons = await read_click()
        assert counting == "SUSPECT"
        assert "NOT_CONFIRMED" in reasons
        assert shop.targets == []

        await page.evaluate(PRESS)

        [target] = await eventually(shop.read_targets)
        landed = URL(target)
        assert (landed.path, list(landed.params)) == ("/shoes", ["size", "creator", "ct"])
        assert read_click_id(landed.params["ct"]).version == 7
        counting, reasons = await eventually(read_click, lambda click: click[0] == "UNIQUE")
        assert reasons & {"CONFIRMED", "NOT_CONFIRMED"} == {"CONFIRMED"}
        assert page.complaints == []
    expected = {"totalClicks": 1, "humanClicks": 1, "countedClicks": 1, "uniqueClicks": 1}
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == expected)


async def test_a_browser_that_says_it_is_a_script_is_not_asked(brand: Brand, shop: Shop) -> None:
    link = await brand.create_link(shop.url)
    await brand.ask(ASK_TO_CONFIRM)

    async with open_page() as page:
        await page.open(link.shortUrl)
        [target] = await eventually(shop.read_targets)

    assert list(URL(target).params) == ["size", "creator"]
    await eventually(lambda: brand.read_totals(link), lambda totals: totals == {"totalClicks": 1, "botClicks": 1})
