"""`/pixel/<link_id>.gif`: a picture whatever is wrong, and a report only when it is right."""

import asyncpg
import pytest
import redis.asyncio

from tests.audience import BROWSER, HOST, Audience, LinkSite, make_link, sign_click
from tests.reporting import read_reports
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.visitors import make_cookie, write_cookie
from tracking.clock import now_ms
from tracking.conversions.kinds import Proof, Source
from tracking.settings import Settings

GIF = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c")


@pytest.fixture
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    await pool.execute("UPDATE account SET uses_visitor_cookie = true")
    return await make_link(pool, site, "abc23XY")


async def show(audience: Audience, address: str, *headers: tuple[str, str], method: str = "GET") -> None:
    """As a page shows it; the answer is always the same."""
    path, _, query = address.partition("?")
    named = {"host": HOST, **dict(BROWSER), "referer": "https://shop.example/thanks?a=1", **dict(headers)}
    answer = await audience.send(method, path, query, list(named.items()))
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/gif"
    assert answer.headers["content-length"] == "43"
    assert "no-store" in answer.headers["cache-control"]
    body = answer.body.encode("utf-8", "surrogateescape")
    assert body == b"" if method == "HEAD" else body.startswith(GIF[:10])


@pytest.mark.feature("TR15")
async def test_an_order_on_a_known_link_is_reported(
    audience: Audience, redis_client: redis.asyncio.Redis, link_id: int
) -> None:
    await show(audience, "/pixel/abc23XY.gif?txn_id=A-1&revenue=12.50&currency=EUR")
    [event] = await read_reports(redis_client)
    assert (event.source, event.proof, event.link_id) == (Source.PIXEL, Proof.NONE, link_id)
    assert (event.txn_id, event.revenue, event.currency) == ("A-1", "12.50", "EUR")
    assert (event.visitor_keys, event.page_host) == ([], "shop.example")


@pytest.mark.feature("TR15", "R7")
@pytest.mark.parametrize(
    "address",
    [
        "/pixel/abc23XY.gif",
        "/pixel/abc23XY.gif?event=lead",
        "/pixel/nobodys.gif?txn_id=A",
        "/pixel/..%2f.gif?txn_id=A",
        "/pixel/abc23XY.gif?txn_id=A&revenue=-1",
        "/pixel/abc23XY.gif?txn_id=%00",
        "/pixel/abc23XY.gif?txn_id=%ff",
        "/pixel/abc23XY.gif?click_id=forged",
        "/pixel/abc23XY.gif?txn_id=A&key=wrong",
        "/pixel/abc23XY.gif?txn_id=A&offer_id=wrong",
    ],
)
@pytest.mark.usefixtures("link_id")
async def test_what_is_wrong_is_a_picture_and_no_report(
    audience: Audience, redis_client: redis.asyncio.Redis, address: str
) -> None:
    await show(audience, address)
    assert await read_reports(redis_client) == []


@pytest.mark.usefixtures("link_id")
async def test_an_unknown_host_is_a_picture_too(audience: Audience, redis_client: redis.asyncio.Redis) -> None:
    await show(audience, "/pixel/abc23XY.gif?txn_id=A", ("host", "nobody.localhost"))
    assert await read_reports(redis_client) == []


@pytest.mark.usefixtures("link_id")
@pytest.mark.parametrize("header", [("sec-purpose", "prefetch"), ("user-agent", "WhatsApp/2.23.20.0")])
async def test_looking_ahead_reports_nothing(
    audience: Audience, redis_client: redis.asyncio.Redis, header: tuple[str, str]
) -> None:
    await show(audience, "/pixel/abc23XY.gif?txn_id=A", header)
    assert await read_reports(redis_client) == []


@pytest.mark.usefixtures("link_id")
async def test_head_reports_nothing(audience: Audience, redis_client: redis.asyncio.Redis) -> None:
    await show(audience, "/pixel/abc23XY.gif?txn_id=A", method="HEAD")
    assert await read_reports(redis_client) == []


@pytest.mark.usefixtures("link_id")
async def test_a_click_id_is_key_enough(
    audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
) -> None:
    click_id = ClickIdMint().mint(now_ms())
    await show(audience, f"/pixel/abc23XY.gif?ct={sign_click(settings, click_id)}")
    [event] = await read_reports(redis_client)
    assert event.order_key == f"c:{click_id.hex()}"


@pytest.mark.feature("TR15", "LO15")
@pytest.mark.usefixtures("link_id")
class TestCookies:
    def make(self, settings: Settings) -> tuple[str, list[bytes]]:
        cookie = make_cookie(20_000, b"h" * 16)
        value = write_cookie(cookie, settings.cookie_secret).decode()
        return f"a=b; ctv={value}", [cookie.visitor_id, b"h" * 16]

    async def test_our_cookie_tells_which_visitor(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        header, keys = self.make(settings)
        await show(audience, "/pixel/abc23XY.gif?txn_id=A", ("cookie", header))
        [event] = await read_reports(redis_client)
        assert event.visitor_keys == keys

    async def test_it_is_no_key_of_an_order(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        await show(audience, "/pixel/abc23XY.gif", ("cookie", self.make(settings)[0]))
        assert await read_reports(redis_client) == []

    async def test_whoever_asks_for_privacy_is_not_recognised(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        named = ("cookie", self.make(settings)[0]), ("sec-gpc", "1")
        await show(audience, "/pixel/abc23XY.gif?txn_id=A", *named)
        [event] = await read_reports(redis_client)
        assert event.visitor_keys == []

    async def test_a_cookie_that_is_not_ours_tells_nothing(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        header, _ = self.make(settings)
        await show(audience, "/pixel/abc23XY.gif?txn_id=A", ("cookie", header[:-2] + "AA"))
        [event] = await read_reports(redis_client)
        assert event.visitor_keys == []

    async def test_an_account_without_cookies_recognises_nobody(
        self, audience: Audience, pool: asyncpg.Pool, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        await pool.execute("UPDATE account SET uses_visitor_cookie = false")
        await show(audience, "/pixel/abc23XY.gif?txn_id=A", ("cookie", self.make(settings)[0]))
        [event] = await read_reports(redis_client)
        assert event.visitor_keys == []
