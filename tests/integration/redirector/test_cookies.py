"""The visitor cookie, which an account may switch on (rule 5), and the salts that visitor keys are made from."""

import datetime as dt

import asyncpg
import pytest
import redis.asyncio

from redirector.days import VALID_MS
from tests.audience import Audience, LinkSite, make_link, open_redirector, read_clicks
from tests.clicking import BOT, DAY_MS
from tracking.clicks.event import VisitorMethod
from tracking.clicks.salts import delete_over_salts, make_salts, read_salts
from tracking.clock import now_ms, utc_now
from tracking.settings import Settings

NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)


@pytest.fixture
async def site(pool: asyncpg.Pool, site: LinkSite) -> LinkSite:
    """With salts, a link, and the cookie switched on."""
    await make_salts(pool, utc_now())
    await make_link(pool, site, "abc23XY")
    await pool.execute("UPDATE account SET uses_visitor_cookie = true")
    return site


def read_cookie_pair(header: str) -> str:
    return header.partition(";")[0]


@pytest.mark.feature("R5")
@pytest.mark.usefixtures("site")
class TestCookie:
    async def test_a_visitor_is_the_same_on_the_day_of_the_cookie_and_recognised_anywhere_later(
        self, audience: Audience, redis_client: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = await audience.get("/abc23XY")
        cookie = ("cookie", read_cookie_pair(first.headers["set-cookie"]))
        assert (await audience.get("/abc23XY", cookie)).headers.get("set-cookie") is None
        await audience.get("/abc23XY", cookie, client="198.51.100.9")
        tomorrow_ms = now_ms() + DAY_MS
        monkeypatch.setattr("redirector.door.now_ms", lambda: tomorrow_ms)
        await audience.get("/abc23XY", cookie)
        await audience.get("/abc23XY", cookie, client="198.51.100.9")

        clicks = await read_clicks(redis_client)
        keys = [click.visitor_key for click in clicks]
        assert keys[0] == keys[1] == keys[2]
        assert keys[3] == keys[4] != keys[0]
        hashed, known = VisitorMethod.HASH, VisitorMethod.COOKIE
        assert [click.visitor_method for click in clicks] == [hashed, known, known, known, known]

    async def test_it_is_for_this_service_only_and_over_tls_for_tls_only(self, audience: Audience) -> None:
        over_http = (await audience.get("/abc23XY")).headers["set-cookie"]
        over_tls = (await audience.get("/abc23XY", scheme="https")).headers["set-cookie"]
        assert over_http.partition(";")[2] == " Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax"
        assert over_tls.partition(";")[2] == " Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure"

    async def test_who_asks_for_privacy_gets_none_and_is_not_recognised_by_one(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        cookie = ("cookie", read_cookie_pair((await audience.get("/abc23XY")).headers["set-cookie"]))
        private = await audience.get("/abc23XY", cookie, ("sec-gpc", "1"))
        assert "set-cookie" not in private.headers
        assert (await read_clicks(redis_client))[-1].visitor_method == VisitorMethod.HASH

    @pytest.mark.parametrize("header", [("user-agent", BOT.decode()), ("sec-purpose", "prefetch")])
    async def test_programs_and_prefetches_get_none(self, audience: Audience, header: tuple[str, str]) -> None:
        assert "set-cookie" not in (await audience.get("/abc23XY", header)).headers

    async def test_a_cookie_that_we_did_not_make_is_replaced(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        assert "set-cookie" in (await audience.get("/abc23XY", ("cookie", "ctv=AAAA"))).headers
        assert (await read_clicks(redis_client))[0].visitor_method == VisitorMethod.HASH

    async def test_it_is_off_unless_the_account_switched_it_on(self, settings: Settings, pool: asyncpg.Pool) -> None:
        await pool.execute("UPDATE account SET uses_visitor_cookie = false")
        async with open_redirector(settings) as audience:
            assert "set-cookie" not in (await audience.get("/abc23XY")).headers


@pytest.mark.feature("LO7", "R5")
class TestSalts:
    async def test_every_date_that_is_today_somewhere_has_a_salt_and_keeps_it(self, pool: asyncpg.Pool) -> None:
        await make_salts(pool, NOON)
        made = await read_salts(pool, NOON)
        assert sorted(made) == [dt.date(2026, 3, day) for day in (10, 11, 12)]
        assert len(set(made.values())) == 3
        await make_salts(pool, NOON)
        assert await read_salts(pool, NOON) == made

    async def test_a_salt_is_deleted_once_its_date_is_over_in_every_time_zone(self, pool: asyncpg.Pool) -> None:
        await make_salts(pool, NOON)
        await delete_over_salts(pool, NOON + dt.timedelta(hours=23))
        assert await pool.fetchval("SELECT min(day) FROM visitor_salt") == dt.date(2026, 3, 10)
        await delete_over_salts(pool, NOON + dt.timedelta(hours=24))
        assert await pool.fetchval("SELECT min(day) FROM visitor_salt") == dt.date(2026, 3, 11)

    async def test_two_redirectors_give_a_visitor_the_same_key(
        self, settings: Settings, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        for _ in range(2):
            async with open_redirector(settings) as audience:
                await audience.get("/abc23XY")
        one, other = await read_clicks(redis_client)
        assert one.visitor_key == other.visitor_key
        assert (one.visitor_method, one.account_id) == (VisitorMethod.HASH, site.account_id)

    async def test_the_day_is_the_accounts_and_changes_at_its_midnight(
        self,
        site: LinkSite,
        audience: Audience,
        pool: asyncpg.Pool,
        redis_client: redis.asyncio.Redis,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        await pool.execute("UPDATE account SET timezone = 'Asia/Kathmandu'")  # 05:45 ahead of UTC
        today = utc_now().date()
        midnight = dt.datetime.combine(today, dt.time(18, 15), dt.UTC)
        midnight_ms = int(midnight.timestamp() * 1_000)
        for at_ms in (midnight_ms - VALID_MS, midnight_ms - 1, midnight_ms):
            monkeypatch.setattr("redirector.door.now_ms", lambda at_ms=at_ms: at_ms)
            await audience.get("/abc23XY")
        before, last, after = await read_clicks(redis_client)
        number = today.toordinal() - dt.date(1970, 1, 1).toordinal()
        assert [click.visitor_day for click in (before, last, after)] == [number, number, number + 1]
        assert before.visitor_key == last.visitor_key != after.visitor_key
        assert site.account_id == after.account_id
