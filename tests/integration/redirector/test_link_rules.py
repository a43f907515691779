"""Links that lead elsewhere at some requests: by the visitor's query, and after the end of their campaign."""

import datetime as dt

import asyncpg
import pytest
import redis.asyncio

from tests.audience import Audience, LinkSite, make_link, read_clicks
from tests.clicking import BOT
from tracking.clicks.event import Fact, VisitorMethod
from tracking.clock import utc_now
from tracking.settings import Settings

HOUR = dt.timedelta(hours=1)


async def make_campaign(pool: asyncpg.Pool, site: LinkSite, ends_at: dt.datetime, *, end_behaviour: str) -> int:
    campaign_id: int = await pool.fetchval(
        "INSERT INTO campaign (account_id, name, status, ends_at, end_behaviour, fallback_url, tags, created_at)"
        " VALUES ($1, 'Summer', 'ACTIVE', $2, $3, 'https://brand.example/over?creator=9#now', '{}', now())"
        " RETURNING id",
        site.account_id,
        ends_at,
        end_behaviour,
    )
    return campaign_id


@pytest.mark.feature("LO5", "LS13")
class TestVisitorsQuery:
    @pytest.mark.parametrize(
        ("policy", "arrives_with"),
        [
            ("IGNORE", "v=1"),
            ("KEEP", "v=1&utm_source=ig"),
            ("OVERWRITE", "v=2&utm_source=ig"),
            ("APPEND", "v=1&v=2&utm_source=ig"),
        ],
    )
    async def test_the_link_says_what_of_it_reaches_the_destination(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, policy: str, arrives_with: str
    ) -> None:
        await make_link(pool, site, "abc23XY", query_policy=policy)
        for _ in ("cold", "warm"):
            location = (await audience.get("/abc23XY?v=2&utm_source=ig&creator=other&ct=forged")).location
            address, _, click_id = location.partition("&ct=")
            assert address == f"https://shop.example.com/sale?{arrives_with}&creator=member%207"
            assert click_id.endswith("#top")
            assert "forged" not in click_id

    async def test_the_click_keeps_what_was_asked(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "abc23XY", query_policy="OVERWRITE")
        await audience.get("/abc23XY?v=2&ct=forged")
        (click,) = await read_clicks(redis_client)
        assert click.query == b"v=2&ct=forged"

    async def test_a_program_gets_it_without_a_click_id(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "abc23XY", query_policy="KEEP", destination="https://shop.example.com/")
        answer = await audience.get("/abc23XY?x=1", ("user-agent", BOT.decode()))
        assert answer.location == "https://shop.example.com/?x=1&creator=member%207"

    async def test_a_placement_stays_here(self, audience: Audience, pool: asyncpg.Pool, site: LinkSite) -> None:
        await make_link(pool, site, "abc23XY", query_policy="APPEND")
        answer = await audience.get("/abc23XY~story?x=1", ("user-agent", BOT.decode()))
        assert answer.location == "https://shop.example.com/sale?v=1&x=1&creator=member%207#top"


class TestEndOfCampaign:
    async def test_links_go_on_unless_the_campaign_says_otherwise(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        campaign_id = await make_campaign(pool, site, utc_now() - HOUR, end_behaviour="CONTINUE")
        await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
        assert (await audience.get("/abc23XY")).location.startswith("https://shop.example.com/sale?v=1&creator=")

    async def test_after_it_visitors_go_to_the_fallback_and_are_counted(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        settings: Settings,
        redis_client: redis.asyncio.Redis,
    ) -> None:
        campaign_id = await make_campaign(pool, site, utc_now() - HOUR, end_behaviour="FALLBACK")
        link_id = await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
        answer = await audience.get("/abc23XY")
        token = answer.location.partition("&ct=")[2].removesuffix("#now")
        assert answer.location == f"https://brand.example/over?creator=member%207&ct={token}#now"
        (click,) = await read_clicks(redis_client)
        assert (click.click_id, click.link_id, click.campaign_id) == (
            answer.read_click_id(settings),
            link_id,
            campaign_id,
        )

    async def test_a_link_in_memory_turns_at_the_moment_itself(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ends_at = utc_now() + HOUR
        campaign_id = await make_campaign(pool, site, ends_at, end_behaviour="FALLBACK")
        await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
        hosts = []
        ends_at_ms = int(ends_at.timestamp() * 1_000)
        for at_ms in (ends_at_ms - 1, ends_at_ms):
            monkeypatch.setattr("redirector.door.now_ms", lambda at_ms=at_ms: at_ms)
            hosts.append((await audience.get("/abc23XY")).location.split("/")[2])
        assert hosts == ["shop.example.com", "brand.example"]


@pytest.mark.feature("R4")
class TestTestLinks:
    async def test_every_click_is_a_test_and_still_gets_its_id(
        self,
        audience: Audience,
        pool: asyncpg.Pool,
        site: LinkSite,
        settings: Settings,
        redis_client: redis.asyncio.Redis,
    ) -> None:
        await make_link(pool, site, "abc23XY", is_test=True)
        answer = await audience.get("/abc23XY")
        (click,) = await read_clicks(redis_client)
        assert click.facts & Fact.TEST
        assert answer.read_click_id(settings) == click.click_id

    async def test_other_links_are_none(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "abc23XY")
        await audience.get("/abc23XY")
        (click,) = await read_clicks(redis_client)
        assert not click.facts & Fact.TEST


class TestWhoIsCredited:
    @pytest.mark.feature("TR1", "TR6")
    async def test_a_recipients_click_carries_message_slot_contact_offer_and_sharer(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "abc23XY", contact_id=77)
        await pool.execute("UPDATE link SET message_id = 5, slot = 2, offer_id = 8, sharer_id = 9")
        await audience.get("/abc23XY")
        (click,) = await read_clicks(redis_client)
        assert (click.message_id, click.slot, click.contact_id, click.offer_id, click.sharer_id) == (5, 2, 77, 8, 9)
        assert click.visitor_method == VisitorMethod.CONTACT

    @pytest.mark.feature("IM5", "TR6")
    async def test_who_comes_by_a_contacts_own_share_link_is_anybody(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "abc23XY")
        await pool.execute("UPDATE link SET kind = 'SYSTEM', system_kind = 'SHARE', referring_contact_id = 77")
        await audience.get("/abc23XY", client="198.51.100.1")
        await audience.get("/abc23XY", client="198.51.100.2")
        one, other = await read_clicks(redis_client)
        assert (one.contact_id, other.contact_id) == (None, None)
        assert one.visitor_key != other.visitor_key
