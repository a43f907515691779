"""Offers with a page before their destination (TR12): who meets it, whose texts it has, and where Continue leads."""

from typing import Final

import asyncpg
import pytest
import redis.asyncio

from redirector.memory.entries import NO_RULES, LinkEntry
from tests.audience import (
    HOST,
    Audience,
    LinkSite,
    make_link,
    read_action,
    read_clicks,
    read_confirmations,
    sign_click,
)
from tests.clicking import BOT
from tests.integration.redirector.test_changes import archive, record_change, wait_for_status
from tracking.changes.rules import ChangeKind
from tracking.clicks.event import Confirmation, Fact
from tracking.clicks.probes import PROBE_HEADER, sign_probe
from tracking.clock import now_ms
from tracking.interstitials.rules import Interstitial, write_texts
from tracking.settings import Settings

pytestmark = pytest.mark.feature("TR12")

PLAIN: Final = "https://shop.example.com/sale?v=1&creator=member%207#top"
IMESSAGE: Final = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1"
    " Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
PREVIEWS: Final = (
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "WhatsApp/2.23.20.0",
    IMESSAGE,
)
PAGES: Final = Fact.INTERSTITIAL_SHOWN | Fact.CONFIRMATION_ASKED


def write_of(whose: str) -> str | None:
    return write_texts(Interstitial(f"The {whose}'s page", "All sizes", "To the shop"))


async def make_offer(pool: asyncpg.Pool, site: LinkSite, mode: str = "CUSTOM", whose: str | None = "offer") -> int:
    offer_id: int = await pool.fetchval(
        "INSERT INTO offer (account_id, name, destination_url, interstitial_mode, interstitial, created_at)"
        " VALUES ($1, 'Shoes', 'https://shop.example.com/', $2, $3, now()) RETURNING id",
        site.account_id,
        mode,
        whose and write_of(whose),
    )
    return offer_id


async def make_campaign(pool: asyncpg.Pool, site: LinkSite, *, has_page: bool, is_over: bool = False) -> int:
    campaign_id: int = await pool.fetchval(
        "INSERT INTO campaign (account_id, name, status, ends_at, end_behaviour, fallback_url, tags, interstitial,"
        " created_at) VALUES ($1, 'Summer', 'ACTIVE', CASE WHEN $2 THEN now() - interval '1 h' END,"
        " CASE WHEN $2 THEN 'FALLBACK' ELSE 'CONTINUE' END, 'https://brand.example/over', '{}', $3, now())"
        " RETURNING id",
        site.account_id,
        is_over,
        write_of("campaign") if has_page else None,
    )
    return campaign_id


async def bind(pool: asyncpg.Pool, link_id: int, offer_id: int) -> None:
    await pool.execute("UPDATE link SET offer_id = $1 WHERE id = $2", offer_id, link_id)


@pytest.fixture
async def offer_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    return await make_offer(pool, site)


@pytest.fixture
async def link_id(pool: asyncpg.Pool, site: LinkSite, offer_id: int) -> int:
    link_id = await make_link(pool, site, "abc23XY")
    await bind(pool, link_id, offer_id)
    return link_id


class TestWhoMeetsIt:
    async def test_a_person_does_and_the_click_says_so(
        self,
        audience: Audience,
        settings: Settings,
        redis_client: redis.asyncio.Redis,
        link_id: int,
        offer_id: int,
    ) -> None:
        for temperature in ("cold", "warm"):
            answer = await audience.get("/abc23XY~story")
            *_, click = await read_clicks(redis_client)
            assert (click.link_id, click.offer_id, click.placement) == (link_id, offer_id, "story"), temperature
            assert click.facts & PAGES == Fact.INTERSTITIAL_SHOWN
            assert "<title>The offer&#x27;s page</title>" in answer.body
            assert read_action(answer) == f"/abc23XY/continue/{sign_click(settings, click.click_id)}"
        assert audience.redirector.counters.interstitials_shown == 2
        assert audience.redirector.counters.redirects == 0

    @pytest.mark.usefixtures("link_id")
    async def test_links_of_other_offers_redirect_as_ever(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "def45ZW")
        assert (await audience.get("/def45ZW")).status == 302
        (click,) = await read_clicks(redis_client)
        assert not click.facts & PAGES

    @pytest.mark.parametrize("user_agent", PREVIEWS)
    @pytest.mark.usefixtures("link_id")
    async def test_apps_that_preview_the_link_are_shown_its_texts(
        self, audience: Audience, redis_client: redis.asyncio.Redis, user_agent: str
    ) -> None:
        answer = await audience.get("/abc23XY", ("user-agent", user_agent))
        (click,) = await read_clicks(redis_client)
        assert '<meta property="og:title" content="The offer&#x27;s page">' in answer.body
        assert read_action(answer) == "/abc23XY/continue"
        assert click.facts & PAGES == Fact.INTERSTITIAL_SHOWN

    @pytest.mark.parametrize(
        ("method", "header", "status"),
        [
            ("HEAD", ("accept-language", "en"), 302),
            ("HEAD", ("user-agent", PREVIEWS[0]), 302),
            ("GET", ("user-agent", BOT.decode()), 302),
            ("GET", ("user-agent", "curl/8.5.0"), 302),
            ("GET", ("x-purpose", "preview"), 302),
            ("GET", ("sec-purpose", "prefetch"), 503),
        ],
    )
    @pytest.mark.usefixtures("link_id")
    async def test_other_programs_and_prefetches_do_not(
        self,
        audience: Audience,
        redis_client: redis.asyncio.Redis,
        method: str,
        header: tuple[str, str],
        status: int,
    ) -> None:
        answer = await audience.get("/abc23XY", header, method=method)
        assert answer.status == status
        if status == 302:
            assert answer.location == PLAIN
        (click,) = await read_clicks(redis_client)
        assert not click.facts & PAGES

    @pytest.mark.usefixtures("link_id")
    async def test_who_tries_the_link_out_does(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        probe = sign_probe(settings.click_token_keys, now_ms()).decode()
        assert (await audience.get("/abc23XY", (PROBE_HEADER.decode(), probe))).status == 200
        (click,) = await read_clicks(redis_client)
        assert click.facts & (Fact.TEST | PAGES) == Fact.TEST | Fact.INTERSTITIAL_SHOWN

    async def test_an_archived_link_is_gone(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, link_id: int
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        await archive(pool, site, "abc23XY", link_id)
        await wait_for_status(audience, "/abc23XY", 410)
        assert (await audience.get(action, method="POST")).status == 410


class TestWhoseTexts:
    @pytest.mark.parametrize(
        "case",
        [
            ("CUSTOM", {"offer", "campaign", "account"}, "offer"),
            ("LIST_DEFAULT", {"offer", "campaign", "account"}, "campaign"),
            ("LIST_DEFAULT", {"offer", "account"}, "account"),
            ("LIST_DEFAULT", set(), None),
            ("NONE", {"offer", "campaign", "account"}, None),
        ],
    )
    async def test_the_mode_decides(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, case: tuple[str, set[str], str | None]
    ) -> None:
        mode, texts_of, title = case
        if "account" in texts_of:
            await pool.execute("UPDATE account SET interstitial = $1", write_of("account"))
        campaign_id = await make_campaign(pool, site, has_page="campaign" in texts_of)
        link_id = await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
        await bind(pool, link_id, await make_offer(pool, site, mode, "offer" if "offer" in texts_of else None))
        answer = await audience.get("/abc23XY")
        if title is None:
            assert answer.status == 302
        else:
            assert f"<title>The {title}&#x27;s page</title>" in answer.body

    async def test_a_link_without_campaign_shows_the_accounts(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await pool.execute("UPDATE account SET interstitial = $1", write_of("account"))
        await bind(pool, await make_link(pool, site, "abc23XY"), await make_offer(pool, site, "LIST_DEFAULT", None))
        assert "The account&#x27;s page" in (await audience.get("/abc23XY")).body

    async def test_without_an_offer_there_is_none(self, audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
        await pool.execute("UPDATE account SET interstitial = $1", write_of("account"))
        campaign_id = await make_campaign(pool, site, has_page=True)
        await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
        assert (await audience.get("/abc23XY")).status == 302

    @pytest.mark.parametrize("kind", [ChangeKind.OFFER, ChangeKind.ACCOUNT])
    @pytest.mark.usefixtures("link_id")
    async def test_a_change_reaches_links_in_memory(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int, kind: ChangeKind
    ) -> None:
        assert (await audience.get("/abc23XY")).status == 200
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE offer SET interstitial_mode = 'NONE'")
            await record_change(connection, kind, offer_id if kind is ChangeKind.OFFER else site.account_id)
        await wait_for_status(audience, "/abc23XY", 302)

    async def test_links_of_an_offer_share_its_texts_and_plain_links_have_none(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int
    ) -> None:
        for slug in ("abc23XY", "def45ZW"):
            await bind(pool, await make_link(pool, site, slug), offer_id)
        await make_link(pool, site, "ghk67TS")
        one, other, plain = [await self._keep(audience, slug) for slug in ("abc23XY", "def45ZW", "ghk67TS")]
        assert one.terms is other.terms
        assert one.account is plain.account
        assert plain.terms.rules is NO_RULES

    async def _keep(self, audience: Audience, slug: str) -> LinkEntry:
        await audience.get(f"/{slug}")
        entry = audience.redirector.cache.get(HOST, slug)
        assert entry is not None
        return entry


class TestContinue:
    async def test_it_leads_on_with_the_click_id_and_is_recorded(
        self,
        audience: Audience,
        settings: Settings,
        site: LinkSite,
        redis_client: redis.asyncio.Redis,
        link_id: int,
    ) -> None:
        answer = await audience.get(read_action(await audience.get("/abc23XY")), method="POST")
        (click,) = await read_clicks(redis_client)
        (continued,) = await read_confirmations(redis_client)
        assert answer.status == 303
        assert answer.location == PLAIN.replace("#", f"&ct={sign_click(settings, click.click_id)}#")
        assert continued == Confirmation(click.click_id, site.account_id, link_id, continued.confirmed_at_ms)

    @pytest.mark.usefixtures("link_id")
    async def test_looking_at_its_address_shows_the_page_again_and_is_no_click(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        page = await audience.get("/abc23XY")
        again = await audience.get(read_action(page))
        assert again.body == page.body
        assert len(await read_clicks(redis_client)) == 1
        assert await read_confirmations(redis_client) == []

    async def test_after_the_campaign_it_leads_to_the_fallback(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int
    ) -> None:
        campaign_id = await make_campaign(pool, site, has_page=False, is_over=True)
        await bind(pool, await make_link(pool, site, "abc23XY", campaign_id=campaign_id), offer_id)
        page = await audience.get("/abc23XY")
        assert "<p>brand.example</p>" in page.body
        answer = await audience.get(read_action(page), method="POST")
        assert answer.location.startswith("https://brand.example/over?creator=member%207&ct=")

    async def test_where_the_policy_asks_to_confirm_one_page_does_both(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, offer_id: int, redis_client: redis.asyncio.Redis
    ) -> None:
        await bind(pool, await make_link(pool, site, "abc23XY", bot_mode="CONFIRM"), offer_id)
        page = await audience.get("/abc23XY")
        (click,) = await read_clicks(redis_client)
        assert "The offer&#x27;s page" in page.body
        assert click.facts & PAGES == PAGES
        assert (await audience.get(read_action(page), method="POST")).status == 303
        assert len(await read_confirmations(redis_client)) == 1
        assert audience.redirector.counters.confirmations_asked == 1
        assert audience.redirector.counters.interstitials_shown == 0


@pytest.mark.usefixtures("link_id")
async def test_the_visitor_cookie_comes_with_the_page(audience: Audience, pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE account SET uses_visitor_cookie = true")
    answer = await audience.get("/abc23XY")
    assert (answer.status, answer.headers["set-cookie"].partition("=")[0]) == (200, "ctv")
