"""Where Continue leads: the click is confirmed, once, and the visitor sent on, whatever the token is worth (TR26)."""

import asyncpg
import pytest
import redis.asyncio

from tests.audience import (
    Audience,
    LinkSite,
    make_link,
    make_link_site,
    read_action,
    read_clicks,
    read_confirmations,
    sign_click,
)
from tests.clicking import BOT
from tests.integration.redirector.test_changes import archive, record_change, wait_for_status
from tracking.changes.rules import ChangeKind
from tracking.clicks.event import CONFIRMABLE_MS, Confirmation
from tracking.clicks.ids import ClickIdMint
from tracking.clock import now_ms
from tracking.settings import Settings

PLAIN = "https://shop.example.com/sale?v=1&creator=member%207#top"


@pytest.fixture
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    return await make_link(pool, site, "abc23XY", bot_mode="CONFIRM")


@pytest.mark.feature("TR26")
class TestContinue:
    async def test_it_confirms_the_click_and_leads_on_with_its_id(
        self,
        audience: Audience,
        settings: Settings,
        site: LinkSite,
        redis_client: redis.asyncio.Redis,
        link_id: int,
    ) -> None:
        before = now_ms()
        answer = await audience.get(read_action(await audience.get("/abc23XY")), method="POST")
        (click,) = await read_clicks(redis_client)
        (confirmation,) = await read_confirmations(redis_client)
        assert answer.status == 303
        assert answer.read_click_id(settings) == click.click_id
        assert answer.location == PLAIN.replace("#", f"&ct={sign_click(settings, click.click_id)}#")
        assert confirmation == Confirmation(click.click_id, site.account_id, link_id, confirmation.confirmed_at_ms)
        assert before <= confirmation.confirmed_at_ms <= now_ms()

    @pytest.mark.usefixtures("link_id")
    async def test_a_repeat_leads_to_the_same_place_and_is_no_click(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        answers = [await audience.get(action, method="POST") for _ in range(3)]
        assert len({answer.location for answer in answers}) == 1
        assert len(await read_clicks(redis_client)) == 1

    @pytest.mark.usefixtures("link_id")
    async def test_looking_at_its_address_shows_the_page_again_and_is_no_click(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        again = await audience.get(action)
        head = await audience.get(action, method="HEAD")
        assert read_action(again) == action
        assert (head.status, head.body) == (200, "")
        assert len(await read_clicks(redis_client)) == 1
        assert await read_confirmations(redis_client) == []

    @pytest.mark.usefixtures("link_id")
    async def test_other_methods_are_told_what_it_takes(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY/continue", method="PUT")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, POST")

    @pytest.mark.parametrize("token", ["", "/abc", "/" + "A" * 34])
    @pytest.mark.usefixtures("link_id")
    async def test_what_we_did_not_sign_confirms_nothing_and_stops_nobody(
        self, audience: Audience, redis_client: redis.asyncio.Redis, token: str
    ) -> None:
        answer = await audience.get(f"/abc23XY/continue{token}", method="POST")
        assert (answer.status, answer.location) == (303, PLAIN)
        assert read_action(await audience.get(f"/abc23XY/continue{token}")) == "/abc23XY/continue"
        assert await read_confirmations(redis_client) == []

    @pytest.mark.usefixtures("link_id")
    async def test_a_program_that_posts_under_its_own_name_confirms_nothing(
        self, audience: Audience, redis_client: redis.asyncio.Redis
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        answer = await audience.get(action, ("user-agent", BOT.decode()), method="POST")
        assert (answer.status, answer.location) == (303, PLAIN)
        assert await read_confirmations(redis_client) == []

    @pytest.mark.usefixtures("link_id")
    async def test_a_page_of_yesterday_leads_on_and_confirms_nothing(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis
    ) -> None:
        mint = ClickIdMint()
        fresh, old = (mint.mint(now_ms() - CONFIRMABLE_MS + slack) for slack in (60_000, -60_000))
        for click_id in (fresh, old):
            answer = await audience.get(f"/abc23XY/continue/{sign_click(settings, click_id)}", method="POST")
            assert answer.read_click_id(settings) == click_id
        assert [each.click_id for each in await read_confirmations(redis_client)] == [fresh]

    async def test_the_confirmation_names_the_link_whose_page_it_was(
        self, audience: Audience, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, link_id: int
    ) -> None:
        other = await make_link_site(pool, slug="other")
        other_link = await make_link(pool, other, "zzz99ZZ", bot_mode="CONFIRM")
        token = read_action(await audience.get("/abc23XY")).rpartition("/")[2]
        answer = await audience.get(f"/zzz99ZZ/continue/{token}", method="POST", host=other.host)
        (confirmation,) = await read_confirmations(redis_client)
        assert answer.status == 303
        assert (confirmation.account_id, confirmation.link_id) == (other.account_id, other_link)
        assert confirmation.link_id != link_id

    async def test_a_link_that_was_archived_meanwhile_is_gone(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis, link_id: int
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        await archive(pool, site, "abc23XY", link_id)
        await wait_for_status(audience, action, 410)
        assert (await audience.get(action, method="POST")).status == 410
        assert await read_confirmations(redis_client) == []

    async def test_an_unknown_link_is_unknown_here_too(self, audience: Audience, site: LinkSite) -> None:
        answer = await audience.get("/nobodys/continue/abc", method="POST", host=site.host)
        assert answer.status == 404

    async def test_a_link_that_stopped_asking_meanwhile_still_confirms(
        self, audience: Audience, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, link_id: int
    ) -> None:
        action = read_action(await audience.get("/abc23XY"))
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE link SET bot_mode = 'LABEL'")
            await record_change(connection, ChangeKind.LINK, link_id)
        await wait_for_status(audience, "/abc23XY", 302)
        assert (await audience.get(action, method="POST")).status == 303
        assert len(await read_confirmations(redis_client)) == 1

    @pytest.mark.feature("LO5")
    async def test_the_visitors_query_goes_along(self, audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
        await make_link(pool, site, "kee23XY", bot_mode="CONFIRM", query_policy="KEEP")
        action = read_action(await audience.get('/kee23XY~story?utm_source=ig&v=2&q="><script>'))
        assert "?utm_source=ig&v=2&q=" in action
        answer = await audience.get(action, method="POST")
        assert answer.location.partition("&ct=")[0] == (
            'https://shop.example.com/sale?v=1&utm_source=ig&q="><script>&creator=member%207'
        )

    async def test_after_the_campaign_it_leads_to_the_fallback(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        campaign_id = await pool.fetchval(
            "INSERT INTO campaign (account_id, name, status, ends_at, end_behaviour, fallback_url, tags, created_at)"
            " VALUES ($1, 'Summer', 'ACTIVE', now() - interval '1 h', 'FALLBACK', 'https://brand.example/over', '{}',"
            " now()) RETURNING id",
            site.account_id,
        )
        await make_link(pool, site, "abc23XY", campaign_id=campaign_id, bot_mode="CONFIRM")
        page = await audience.get("/abc23XY")
        assert "<strong>brand.example</strong>" in page.body
        answer = await audience.get(read_action(page), method="POST")
        assert answer.location.startswith("https://brand.example/over?creator=member%207&ct=")
