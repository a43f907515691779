"""The QR code of a link: a picture that nobody counts, of an address whose scans are told apart."""

import io
import struct

import asyncpg
import msgspec
import pytest
import redis.asyncio
import segno

from redirector.qr_codes import DRAWN_PER_SECOND
from tests.audience import Answer, Audience, LinkSite, make_link, open_redirector, read_clicks
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU14")


@pytest.fixture(autouse=True)
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    return await make_link(pool, site, "abc23XY")


def read_picture(answer: Answer) -> bytes:
    return answer.body.encode("utf-8", "surrogateescape")


def read_png_size(answer: Answer) -> tuple[int, int]:
    picture = read_picture(answer)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def draw_png(content: str, size_px: int) -> bytes:
    picture = io.BytesIO()
    code = segno.make(content, error="m", micro=False)
    code.save(picture, kind="png", scale=size_px // code.symbol_size(border=4)[0], border=4)
    return picture.getvalue()


class TestPicture:
    async def test_it_says_the_short_address_with_a_mark(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY/qr.png")
        port = audience.redirector.settings.public_port
        address = "http://acme.localhost" + (f":{port}" if port else "")
        assert read_picture(answer) == draw_png(f"{address}/abc23XY~qr", 512)
        assert answer.headers["content-type"] == "image/png"

    async def test_it_says_what_the_domain_and_the_port_are(self, settings: Settings, pool: asyncpg.Pool) -> None:
        await pool.execute("UPDATE tracking_domain SET has_tls = true")
        async with open_redirector(msgspec.structs.replace(settings, public_port=None)) as audience:
            answer = await audience.get("/abc23XY/qr.png", host="ACME.localhost:8080")
        assert read_picture(answer) == draw_png("https://acme.localhost/abc23XY~qr", 512)

    async def test_a_drawing_scales(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY/qr.svg?size=300")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.body.startswith("<svg ")
        assert 'width="300.0px" height="300.0px" viewBox="0 0 300.0 300.0"' in answer.body

    async def test_a_readable_slug_is_written_as_it_is_stored(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "summer-sale", is_readable=True)
        one, other = [await audience.get(f"/{slug}/qr.svg") for slug in ("summer-sale", "Summer-SALE")]
        assert (one.status, one.body) == (200, other.body)

    @pytest.mark.parametrize(
        ("query", "side_px"),
        [("", 481), ("size=1024", 999), ("size=1", 37), ("size=99999", 2035), ("size=x", 481), ("size=-5", 481)],
    )
    async def test_its_size_is_the_largest_that_fits_and_has_bounds(
        self, settings: Settings, query: str, side_px: int
    ) -> None:
        async with open_redirector(msgspec.structs.replace(settings, public_port=8080)) as audience:
            answer = await audience.get(f"/abc23XY/qr.png?{query}")
        assert read_png_size(answer) == (side_px, side_px)

    async def test_its_margin_can_be_left_out(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY/qr.png?margin=0&size=290")
        assert read_png_size(answer) == (290, 290)

    async def test_a_cache_may_keep_it_and_head_tells_about_it(self, audience: Audience) -> None:
        answer, head = [await audience.get("/abc23XY/qr.png", method=method) for method in ("GET", "HEAD")]
        assert answer.headers["cache-control"] == "public, max-age=3600"
        assert (head.headers, head.body) == (answer.headers, "")


class TestClicks:
    @pytest.mark.feature("LO8")
    async def test_looking_is_no_click_and_scans_are_told_apart(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        await audience.get("/abc23XY/qr.svg")
        assert await read_clicks(redis_client) == []
        await audience.get("/abc23XY~qr")
        await audience.get("/abc23XY")
        assert [click.placement for click in await read_clicks(redis_client)] == ["qr", ""]


class TestRefusal:
    async def test_an_archived_link_has_none_any_more(self, audience: Audience, pool: asyncpg.Pool) -> None:
        await pool.execute("UPDATE link SET archived_at = now()")
        assert (await audience.get("/abc23XY/qr.svg")).status == 410

    async def test_what_is_no_link_has_none_and_uses_up_the_budget(self, settings: Settings) -> None:
        async with open_redirector(msgspec.structs.replace(settings, unknown_slugs_per_minute=2)) as audience:
            statuses = [(await audience.get(f"/zzzzzz{digit}/qr.svg")).status for digit in range(2, 5)]
        assert statuses == [404, 404, 429]

    @pytest.mark.parametrize("path", ["/abc23XY/qr.gif", "/abc23XY/qr", "/abc23XY~story/qr.svg", "/~/qr.svg"])
    async def test_other_addresses_are_nothing(self, audience: Audience, path: str) -> None:
        assert (await audience.get(path)).status == 404

    async def test_another_host_has_none_and_another_method_gets_none(self, audience: Audience) -> None:
        assert (await audience.get("/abc23XY/qr.svg", host="other.localhost")).status == 404
        assert (await audience.get("/abc23XY/qr.svg", method="POST")).status == 405

    async def test_so_many_are_drawn_in_a_second_and_the_rest_come_later(
        self, audience: Audience, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now_s = 100.0
        monkeypatch.setattr("redirector.qr_codes.uptime_s", lambda: now_s)
        statuses = [(await audience.get(f"/abc23XY/qr.svg?size={100 + more}")).status for more in range(11)]
        assert statuses == [200] * DRAWN_PER_SECOND + [503]
        now_s = 101.0
        assert (await audience.get("/abc23XY/qr.svg?size=110")).status == 200
