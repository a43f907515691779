"""Sessions of own clicks: what a brand's own people click on its links while they try them out counts nowhere."""

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite, make_link, make_link_site, read_clicks
from tracking.clicks.event import Fact
from tracking.clicks.own_clicks import OwnClickSession, sign_test_session
from tracking.clock import now_ms
from tracking.settings import Settings

HOUR_MS = 3_600_000

pytestmark = pytest.mark.feature("R4", "TR6")


@pytest.fixture
async def path(settings: Settings, pool: asyncpg.Pool, site: LinkSite) -> str:
    await make_link(pool, site, "abc23XY")
    return f"/t/{sign_session(settings, site)}"


def sign_session(settings: Settings, site: LinkSite, *, lasts_ms: int = HOUR_MS) -> str:
    return sign_test_session(settings.cookie_secret, OwnClickSession(site.account_id, now_ms() + lasts_ms))


async def read_tests(client: redis.asyncio.Redis) -> list[bool]:
    return [bool(click.facts & Fact.TEST) for click in await read_clicks(client)]


class TestSession:
    async def test_it_sets_a_cookie_that_ends_with_it(
        self, audience: Audience, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_ms = now_ms()
        monkeypatch.setattr("redirector.own_clicks.now_ms", lambda: at_ms)
        token = sign_test_session(settings.cookie_secret, OwnClickSession(7, at_ms + HOUR_MS))
        over_http, over_tls = [(await audience.get(f"/t/{token}", scheme=scheme)) for scheme in ("http", "https")]
        assert over_http.status == 200
        assert over_http.headers["set-cookie"] == f"ctt={token}; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"
        assert over_tls.headers["set-cookie"] == f"{over_http.headers['set-cookie']}; Secure"

    async def test_clicks_of_this_browser_are_tests_and_get_their_ids(
        self, audience: Audience, path: str, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        cookie = (await audience.get(path)).headers["set-cookie"].partition(";")[0]
        answer = await audience.get("/abc23XY", ("cookie", f"other=1; {cookie}; more=2"))
        await audience.get("/abc23XY", ("cookie", "other=1"))
        await audience.get("/abc23XY")
        assert answer.read_click_id(settings) == (await read_clicks(redis_client))[0].click_id
        assert await read_tests(redis_client) == [True, False, False]

    async def test_opening_it_is_no_click(
        self, audience: Audience, path: str, redis_client: redis.asyncio.Redis
    ) -> None:
        await audience.get(path)
        assert await read_clicks(redis_client) == []


class TestRefusal:
    @pytest.mark.feature("R11")
    async def test_links_of_another_account_are_not_its_own(
        self, audience: Audience, path: str, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
    ) -> None:
        other = await make_link_site(pool, slug="globex")
        await make_link(pool, other, "xyz89AB")
        await audience.get("/xyz89AB", ("cookie", f"ctt={path.removeprefix('/t/')}"), host=other.host)
        assert await read_tests(redis_client) == [False]

    async def test_one_that_is_over_or_forged_is_none(
        self, audience: Audience, path: str, settings: Settings, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        token = path.removeprefix("/t/")
        last = "B" if token[-1] == "A" else "A"
        for refused in (sign_session(settings, site, lasts_ms=0), token[:-1] + last, token[:-1], "x", "ä" * 40):
            answer = await audience.get(f"/t/{refused}")
            assert (answer.status, answer.headers.get("set-cookie")) == (404, None)
            await audience.get("/abc23XY", ("cookie", f"ctt={refused}"))
        assert await read_tests(redis_client) == [False] * 5

    async def test_another_method_begins_nothing(self, audience: Audience, path: str) -> None:
        answer = await audience.get(path, method="POST")
        assert (answer.status, answer.headers.get("set-cookie")) == (405, None)
