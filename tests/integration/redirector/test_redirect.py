"""What a visitor gets, and what of the visit reaches the stream."""

from urllib.parse import quote

import asyncpg
import pytest
import redis.asyncio

from tests.audience import CLIENT, HOST, Audience, LinkSite, make_link, read_clicks
from tests.clicking import BOT, HUMAN
from tracking.clicks.event import Fact, VisitorMethod
from tracking.clicks.ids import read_click_ms
from tracking.clock import now_ms
from tracking.settings import Settings


@pytest.fixture
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    return await make_link(pool, site, "abc23XY")


@pytest.mark.usefixtures("link_id")
class TestRedirect:
    @pytest.mark.feature("LO3", "LO4", "LO5", "R2")
    async def test_a_click_is_sent_on_with_its_creator_and_its_id(
        self, audience: Audience, link_id: int, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        began_ms = now_ms()
        for _ in ("cold", "warm"):
            answer = await audience.get("/abc23XY")
            assert answer.status == 302
            click_id = answer.read_click_id(settings)
            assert click_id is not None
            token = answer.location.partition("ct=")[2].partition("#")[0]
            assert answer.location == f"https://shop.example.com/sale?v=1&creator=member%207&ct={token}#top"
            (click,) = await read_clicks(redis_client)
            assert (click.click_id, click.link_id) == (click_id, link_id)
            assert began_ms <= read_click_ms(click_id) <= now_ms()
            await redis_client.flushall()

    async def test_no_cache_and_no_search_engine_keeps_it(self, audience: Audience) -> None:
        headers = (await audience.get("/abc23XY")).headers
        assert headers["cache-control"] == "no-store, private"
        assert headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in headers
        assert "referrer-policy" not in headers

    @pytest.mark.feature("LO7", "LO8", "R5", "R10")
    async def test_the_click_carries_what_the_request_said(
        self, audience: Audience, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await audience.get("/abc23XY~bio?utm_source=ig&x=1", ("referer", "https://www.instagram.com/p/1"))
        (click,) = await read_clicks(redis_client)
        assert (click.account_id, click.creator_id) == (site.account_id, site.creator_id)
        assert (click.client_ip, click.user_agent) == (CLIENT, HUMAN)
        assert (click.query, click.referrer) == (b"utm_source=ig&x=1", b"https://www.instagram.com/p/1")
        assert click.placement == "bio"
        assert click.facts == Fact.ACCEPT_LANGUAGE | Fact.ACCEPT_HTML
        assert len(click.visitor_key) == 16

    async def test_long_texts_are_cut(self, audience: Audience, redis_client: redis.asyncio.Redis) -> None:
        await audience.get(f"/abc23XY?{'q' * 5_000}", ("referer", "r" * 5_000), ("user-agent", "u" * 5_000))
        (click,) = await read_clicks(redis_client)
        assert (len(click.query), len(click.referrer), len(click.user_agent)) == (1_024, 1_024, 512)

    async def test_the_query_of_the_request_is_not_passed_on(self, audience: Audience) -> None:
        assert "utm_source" not in (await audience.get("/abc23XY?utm_source=ig")).location


# Where people open links, by what such a request looks like.
PLACES = {
    "a text message": (),
    "a website": (("referer", "https://blog.example/best-of"), ("sec-fetch-site", "cross-site")),
    "an email": (("referer", "https://mail.example/"), ("accept-language", "de")),
    "the browser inside an app": (
        ("user-agent", f"{HUMAN.decode()} Instagram 300.0.0.0"),
        ("x-requested-with", "com.instagram.android"),
    ),
    "a printed code": (("sec-fetch-site", "none"),),
}


@pytest.mark.usefixtures("link_id")
class TestAnywhere:
    @pytest.mark.feature("IM5", "LO6")
    @pytest.mark.parametrize("place", PLACES)
    async def test_a_pasted_link_works_and_is_recorded(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis, place: str
    ) -> None:
        answer = await audience.get("/abc23XY", *PLACES[place])
        (click,) = await read_clicks(redis_client)
        assert (answer.status, answer.read_click_id(settings)) == (302, click.click_id)


@pytest.mark.usefixtures("link_id")
class TestPrograms:
    @pytest.mark.parametrize(
        "user_agent",
        [BOT.decode(), "WhatsApp/2.23.20", "facebookexternalhit/1.1", "curl/8.5.0", "HeadlessChrome/140.0"],
    )
    async def test_a_program_gets_no_click_id_and_is_recorded(
        self, audience: Audience, redis_client: redis.asyncio.Redis, user_agent: str
    ) -> None:
        answer = await audience.get("/abc23XY", ("user-agent", user_agent))
        assert answer.location == "https://shop.example.com/sale?v=1&creator=member%207#top"
        assert len(await read_clicks(redis_client)) == 1

    async def test_head_is_answered_as_get_and_marked(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        answer = await audience.get("/abc23XY", method="HEAD")
        assert (answer.status, answer.body) == (302, "")
        assert "ct=" not in answer.location
        (click,) = await read_clicks(redis_client)
        assert click.facts & Fact.HEAD

    @pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip"])
    async def test_a_speculation_is_recorded_and_refused_so_that_the_person_comes_again(
        self, audience: Audience, redis_client: redis.asyncio.Redis, purpose: str
    ) -> None:
        answer = await audience.get("/abc23XY", ("sec-purpose", purpose))
        assert (answer.status, answer.headers["cache-control"]) == (503, "no-store, private")
        assert "location" not in answer.headers
        (click,) = await read_clicks(redis_client)
        assert click.facts & Fact.PREFETCH

    async def test_an_older_prefetch_is_redirected_without_a_click_id(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY", ("purpose", "prefetch"))
        assert answer.status == 302
        assert "ct=" not in answer.location


@pytest.mark.usefixtures("link_id")
class TestAddresses:
    @pytest.mark.feature("CU10")
    async def test_a_readable_slug_is_found_in_any_case(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "summer-sale", is_readable=True)
        for path in ("/Summer-SALE", "/summer-sale", "/SUMMER-sale", "/Summer-SALE"):
            assert (await audience.get(path)).status == 302

    async def test_a_random_slug_minds_its_case(self, audience: Audience) -> None:
        assert (await audience.get("/abc23xy")).status == 404
        assert (await audience.get("/abc23XY")).status == 302
        assert (await audience.get("/ABC23XY")).status == 404

    @pytest.mark.parametrize("host", ["ACME.localhost", "acme.localhost:8080", "acme.localhost.", "acme.localhost.:80"])
    async def test_spellings_of_the_host_are_one(self, audience: Audience, host: str) -> None:
        for _ in ("cold", "warm"):
            assert (await audience.get("/abc23XY", host=host)).status == 302

    @pytest.mark.feature("R11")
    async def test_every_address_that_is_not_a_link_answers_alike(self, audience: Audience, pool: asyncpg.Pool) -> None:
        await pool.execute(
            "INSERT INTO tracking_domain (account_id, host, has_tls, is_default, created_at)"
            " SELECT id, 'unverified.example.com', false, false, now() FROM account"
        )
        asked = [
            ("/zzzzzzz", HOST),
            ("/abc23XY", "other.localhost"),
            ("/abc23XY", "unverified.example.com"),
            ("/", HOST),
            ("/a/b", HOST),
            (f"/{quote('ä')}", HOST),
            ("/abc23XY/", HOST),
            ("/" + "a" * 200, HOST),
        ]
        answers = [await audience.get(path, host=host) for path, host in asked]
        assert [answer.status for answer in answers] == [404] * len(asked)
        assert len({answer.body for answer in answers}) == 1
        assert len({tuple(answer.headers.items()) for answer in answers}) == 1

    @pytest.mark.parametrize("host", [None, "", "a b", "acme.localhost/x", "user@acme.localhost"])
    async def test_a_request_without_a_usable_host_is_bad(self, audience: Audience, host: str | None) -> None:
        assert (await audience.get("/abc23XY", host=host)).status == 400

    @pytest.mark.parametrize("second", [HOST, "evil.example.com"])
    async def test_two_hosts_are_bad_even_for_a_warm_link(self, audience: Audience, second: str) -> None:
        await audience.get("/abc23XY")
        for hosts in ((HOST, second), (second, HOST)):
            answer = await audience.send("GET", "/abc23XY", "", [("host", host) for host in hosts])
            assert answer.status == 400

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
    async def test_other_methods_are_no_clicks(
        self, audience: Audience, redis_client: redis.asyncio.Redis, method: str
    ) -> None:
        answer = await audience.get("/abc23XY", method=method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
        assert await read_clicks(redis_client) == []

    async def test_robots_may_look_as_previews_need_it(self, audience: Audience) -> None:
        answer = await audience.get("/robots.txt")
        assert (answer.status, answer.body) == (200, "User-agent: *\nDisallow:\n")

    @pytest.mark.feature("LS7", "R8")
    async def test_an_archived_link_is_gone_and_not_recorded(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "gone234")
        await pool.execute("UPDATE link SET archived_at = now()")
        for _ in ("cold", "warm"):
            answer = await audience.get("/gone234")
            assert (answer.status, answer.headers["cache-control"]) == (410, "no-store, private")
            assert "location" not in answer.headers
        assert await read_clicks(redis_client) == []


@pytest.mark.usefixtures("link_id")
class TestVisitors:
    @pytest.mark.feature("R5")
    async def test_without_a_salt_for_the_day_the_method_says_so(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        await audience.get("/abc23XY")
        (click,) = await read_clicks(redis_client)
        assert click.visitor_method == VisitorMethod.NONE

    @pytest.mark.feature("TR8", "R5")
    async def test_a_contacts_link_names_the_contact_whoever_clicks(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "contact", contact_id=77)
        await audience.get("/contact")
        await audience.get("/contact", client="198.51.100.9")
        assert [(click.visitor_key, click.visitor_method) for click in await read_clicks(redis_client)] == [
            ((77).to_bytes(16, "big"), VisitorMethod.CONTACT)
        ] * 2
