"""What an account's settings say of its links holds on redirectors within a second, also on links in memory."""

import datetime as dt
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import asyncpg
import pytest
import redis.asyncio
from tortoise.context import TortoiseContext

from tests.audience import Audience, LinkSite, make_link, read_clicks
from tests.waiting import eventually
from tracking.accounts.account_settings import update_account_settings
from tracking.bots.policies.rules import BotMode
from tracking.bots.policies.service import update_bot_policy
from tracking.clicks.ids import read_click_ms
from tracking.clock import utc_now

ZONES = (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago"))


async def find_parameters(audience: Audience) -> set[str]:
    query = parse_qs(urlsplit((await audience.get("/abc23XY")).location).query)
    return {name for name in ("creator", "ref") if query.get(name) == ["member 7"]}


@pytest.mark.feature("LO5")
async def test_the_creator_parameter_gets_its_new_name(
    orm: TortoiseContext, audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    await make_link(pool, site, "abc23XY")
    assert await find_parameters(audience) == {"creator"}

    await update_account_settings(site.account_id, {"creator_parameter": "ref"})

    await eventually(lambda: find_parameters(audience), lambda found: found == {"ref"})


async def test_the_visitor_cookie_is_set_once_it_is_switched_on(
    orm: TortoiseContext, audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    async def has_cookie() -> bool:
        return "set-cookie" in (await audience.get("/abc23XY")).headers

    await make_link(pool, site, "abc23XY")
    assert not await has_cookie()

    await update_account_settings(site.account_id, {"uses_visitor_cookie": True})

    await eventually(has_cookie)


async def test_visitors_have_days_of_the_new_zone(
    orm: TortoiseContext, audience: Audience, pool: asyncpg.Pool, site: LinkSite, redis_client: redis.asyncio.Redis
) -> None:
    async def click_on_another_day() -> bool:
        """Whether the newest click has its day in the new zone, which is not that of UTC."""
        await audience.get("/abc23XY")
        click = (await read_clicks(redis_client))[-1]
        at = dt.datetime.fromtimestamp(read_click_ms(click.click_id) / 1000, dt.UTC)
        return click.visitor_day == (at.astimezone(zone).date() - dt.date(1970, 1, 1)).days

    zone = next(zone for zone in ZONES if utc_now().astimezone(zone).date() != utc_now().date())
    await make_link(pool, site, "abc23XY")
    assert not await click_on_another_day()

    await update_account_settings(site.account_id, {"timezone": zone.key})

    await eventually(click_on_another_day)


@pytest.mark.feature("TR26", "R8")
@pytest.mark.parametrize("scope", ["account", "campaign", "link"])
async def test_links_ask_to_confirm_once_a_policy_says_so_and_no_longer_than_that(
    orm: TortoiseContext, audience: Audience, pool: asyncpg.Pool, site: LinkSite, scope: str
) -> None:
    async def read_status() -> int:
        return (await audience.get("/abc23XY")).status

    campaign_id = await pool.fetchval(
        "INSERT INTO campaign (account_id, name, status, end_behaviour, tags, created_at)"
        " VALUES ($1, 'Summer', 'ACTIVE', 'CONTINUE', '{}', now()) RETURNING id",
        site.account_id,
    )
    link_id = await make_link(pool, site, "abc23XY", campaign_id=campaign_id)
    target = {"account": {}, "campaign": {"campaign_id": campaign_id}, "link": {"link_id": link_id}}[scope]
    assert await read_status() == 302

    await update_bot_policy(site.account_id, {"mode": BotMode.CONFIRM}, **target)
    await eventually(read_status, lambda status: status == 200)

    await update_bot_policy(site.account_id, {"mode": BotMode.LABEL}, **target)
    await eventually(read_status, lambda status: status == 302)
