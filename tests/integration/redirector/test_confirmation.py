"""Links that ask to confirm (TR26): people get a page whose Continue confirms their click, programs are sent on."""

from typing import Final

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite, make_link, read_action, read_clicks, sign_click
from tests.clicking import BOT
from tests.integration.redirector.test_changes import record_change, wait_for_status
from tracking.changes.rules import ChangeKind
from tracking.clicks.event import Fact
from tracking.clicks.probes import PROBE_HEADER, sign_probe
from tracking.clock import now_ms
from tracking.settings import Settings

INSTAGRAM: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
    " Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 609775437)"
)
PLAIN: Final = "https://shop.example.com/sale?v=1&creator=member%207#top"


@pytest.fixture
async def link_id(pool: asyncpg.Pool, site: LinkSite) -> int:
    return await make_link(pool, site, "abc23XY", bot_mode="CONFIRM")


@pytest.mark.feature("TR26", "R2")
class TestThePage:
    @pytest.mark.parametrize("headers", [[], [("user-agent", INSTAGRAM)]])
    async def test_a_person_gets_it_and_the_click_says_so(
        self,
        audience: Audience,
        settings: Settings,
        redis_client: redis.asyncio.Redis,
        link_id: int,
        headers: list[tuple[str, str]],
    ) -> None:
        for temperature in ("cold", "warm"):
            answer = await audience.get("/abc23XY~story", *headers)
            *_, click = await read_clicks(redis_client)
            assert (click.link_id, click.placement) == (link_id, "story"), temperature
            assert click.facts & Fact.CONFIRMATION_ASKED
            assert read_action(answer) == f"/abc23XY/continue/{sign_click(settings, click.click_id)}"

    @pytest.mark.usefixtures("link_id")
    async def test_it_is_kept_nowhere_framed_nowhere_and_runs_nothing(self, audience: Audience) -> None:
        answer = await audience.get("/abc23XY")
        assert answer.headers["cache-control"] == "no-store, private"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("; img-src data:; base-uri 'none'; frame-ancestors 'none'")
        assert "<strong>shop.example.com</strong>" in answer.body
        assert "<script" not in answer.body
        assert "<a " not in answer.body

    @pytest.mark.parametrize(
        ("method", "header", "status"),
        [
            ("HEAD", ("accept-language", "en"), 302),
            ("GET", ("user-agent", BOT.decode()), 302),
            ("GET", ("user-agent", "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)"), 302),
            ("GET", ("x-purpose", "preview"), 302),
            ("GET", ("sec-purpose", "prefetch"), 503),
        ],
    )
    @pytest.mark.usefixtures("link_id")
    async def test_programs_and_prefetches_never_get_it(
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
        assert not click.facts & Fact.CONFIRMATION_ASKED

    async def test_tests_do_not_get_it(
        self, audience: Audience, settings: Settings, redis_client: redis.asyncio.Redis, link_id: int
    ) -> None:
        probe = sign_probe(settings.click_token_keys, now_ms()).decode()
        assert (await audience.get("/abc23XY", (PROBE_HEADER.decode(), probe))).status == 302
        (click,) = await read_clicks(redis_client)
        assert click.link_id == link_id
        assert click.facts & (Fact.TEST | Fact.CONFIRMATION_ASKED) == Fact.TEST

    @pytest.mark.usefixtures("link_id")
    async def test_the_visitor_cookie_comes_with_it(self, audience: Audience, pool: asyncpg.Pool) -> None:
        await pool.execute("UPDATE account SET uses_visitor_cookie = true")
        answer = await audience.get("/abc23XY")
        assert (answer.status, answer.headers["set-cookie"].partition("=")[0]) == (200, "ctv")


@pytest.mark.feature("TR26")
class TestWhoAsks:
    @pytest.mark.parametrize(
        ("modes", "status"),
        [
            (("CONFIRM", None, None), 200),
            (("CONFIRM", "LABEL", None), 302),
            (("CONFIRM", "OFF", "CONFIRM"), 200),
            (("LABEL", "CONFIRM", None), 200),
            (("LABEL", "CONFIRM", "LABEL"), 302),
            (("LABEL", None, None), 302),
            (("OFF", None, None), 302),
        ],
    )
    async def test_the_link_over_its_campaign_over_its_account(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        modes: tuple[str | None, str | None, str | None],
        status: int,
    ) -> None:
        account, campaign, link = modes
        await pool.execute("UPDATE account SET bot_mode = $1", account)
        campaign_id = await pool.fetchval(
            "INSERT INTO campaign (account_id, name, status, bot_mode, end_behaviour, tags, created_at)"
            " VALUES ($1, 'Summer', 'ACTIVE', $2, 'CONTINUE', '{}', now()) RETURNING id",
            site.account_id,
            campaign,
        )
        await make_link(pool, site, "abc23XY", campaign_id=campaign_id, bot_mode=link)
        assert (await audience.get("/abc23XY")).status == status

    @pytest.mark.parametrize("kind", [ChangeKind.ACCOUNT, ChangeKind.POLICY])
    async def test_a_change_of_policy_reaches_a_link_in_memory(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, kind: ChangeKind
    ) -> None:
        await make_link(pool, site, "abc23XY")
        assert (await audience.get("/abc23XY")).status == 302
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE account SET bot_mode = 'CONFIRM'")
            await record_change(connection, kind, site.account_id)
        await wait_for_status(audience, "/abc23XY", 200)

    async def test_links_that_ask_share_what_they_have_in_common(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        for slug in ("abc23XY", "def45ZW"):
            await make_link(pool, site, slug, bot_mode="CONFIRM")
            await audience.get(f"/{slug}")
        one, other = (audience.redirector.cache.get(site.host, slug) for slug in ("abc23XY", "def45ZW"))
        assert one is not None
        assert other is not None
        assert one.terms is other.terms
