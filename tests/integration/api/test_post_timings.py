"""When after a post went live clicks on its links came, and when in the week (CU8)."""

import datetime as dt
from typing import Any, Final

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.performing import bring_hours
from tests.statements import recorded_statements
from tracking.accounts.models import Account
from tracking.accounts.models import Scope as KeyScope
from tracking.accounts.service import create_api_key
from tracking.campaigns.models import CampaignCreator
from tracking.campaigns.posts import NewPost, create_post
from tracking.clock import utc_now
from tracking.creators.models import Creator, Platform
from tracking.links.models import Link
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU8")

TIMING: Final = """
    { creators(first: 1) { nodes { posts(first: 2, orderBy: ASC) { nodes { url timing {
        uniqueClicks clicksBeforePublication firstClickAt isFirstClickExact timeToFirstClickS halfLifeS enoughData
        withinFirstHour { value numerator denominator } withinFirstDay { value } withinFirstWeek { value }
        sharedLinks { slug } heatMap { weekday hour uniqueClicks }
    } } } } } }
"""
HOUR: Final = dt.timedelta(hours=1)
PUBLISHED_AT: Final = dt.datetime(2026, 5, 4, 12, 30, tzinfo=dt.UTC)  # a Monday
FIRST_HOUR: Final = PUBLISHED_AT - HOUR / 2
WINDOWS: Final = ("withinFirstHour", "withinFirstDay", "withinFirstWeek")


async def publish(account: Account, *links: Link, at: dt.datetime = PUBLISHED_AT) -> CampaignCreator:
    """For a campaign of its own."""
    creator = await Creator.get(id=links[0].creator_id)
    [member] = await join(account, await make_campaign(account), [creator])
    wanted = NewPost(member.id, Platform.X, f"https://x.example/{member.id}", at, tuple(link.id for link in links))
    await create_post(account.id, wanted)
    return member


async def ask(tenant: Tenant) -> list[dict[str, Any]]:
    [creator] = (await tenant.ask(TIMING))["creators"]["nodes"]
    return [post["timing"] for post in creator["posts"]["nodes"]]


async def test_hours_after_a_post_tell_how_fast_its_clicks_came(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_link(acme.account, await make_creator(acme.account))
    await publish(acme.account, link)
    after = [(0, 30), (1, 30), (2, 10), (23, 10), (24, 5), (25, 5), (7 * 24 + 1, 10)]
    await bring_hours(pool, acme.account.id, link.id, [(FIRST_HOUR + hours * HOUR, clicks) for hours, clicks in after])
    await bring_hours(pool, acme.account.id, link.id, [(FIRST_HOUR - 3 * HOUR, 7)])

    [timing] = await ask(acme)

    assert (timing["uniqueClicks"], timing["clicksBeforePublication"], timing["enoughData"]) == (100, 7, True)
    # 13:30 lies in the hour from 13:00 on, all of which is within the first hour; so it is with the others
    assert timing["withinFirstHour"] == {"value": 0.6, "numerator": 60, "denominator": 100}
    assert [timing[window]["value"] for window in WINDOWS] == [0.6, 0.85, 0.9]
    assert timing["halfLifeS"] == 90 * 60  # half of them had come by 14:00


async def test_the_heat_map_of_a_post_begins_with_its_publication(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_link(acme.account, await make_creator(acme.account))
    await publish(acme.account, link)
    hours = [(FIRST_HOUR - HOUR, 9), (FIRST_HOUR, 2), (FIRST_HOUR + 7 * 24 * HOUR, 3), (FIRST_HOUR + 30 * HOUR, 4)]
    await bring_hours(pool, acme.account.id, link.id, hours)

    [timing] = await ask(acme)

    cells = {(cell["weekday"], cell["hour"]): cell["uniqueClicks"] for cell in timing["heatMap"]}
    assert len(cells) == 168
    assert {place: clicks for place, clicks in cells.items() if clicks} == {(1, 12): 5, (2, 18): 4}


async def test_hours_are_those_of_the_account(acme: Tenant, pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE account SET timezone = 'Asia/Kathmandu'")  # 5 h 45 min ahead
    link = await make_link(acme.account, await make_creator(acme.account))
    await publish(acme.account, link)
    hour_at = dt.datetime(2026, 5, 4, 12, 15, tzinfo=dt.UTC)  # 18:00 there
    await bring_hours(pool, acme.account.id, link.id, [(hour_at - HOUR, 1), (hour_at, 2), (hour_at + HOUR, 2)])

    [timing] = await ask(acme)

    assert (timing["clicksBeforePublication"], timing["uniqueClicks"]) == (1, 4)
    assert timing["halfLifeS"] == 45 * 60  # just half of them
    assert [cell for cell in timing["heatMap"] if cell["uniqueClicks"]] == [
        {"weekday": 1, "hour": 18, "uniqueClicks": 2},
        {"weekday": 1, "hour": 19, "uniqueClicks": 2},
    ]


async def test_the_first_click_is_told_to_the_second(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_link(acme.account, await make_creator(acme.account))
    published_at = utc_now().replace(microsecond=0) - 2 * HOUR
    await publish(acme.account, link, at=published_at)
    published_ms = int(published_at.timestamp() * 1000)
    whose = {"link_id": link.id, "creator_id": link.creator_id, "campaign_id": None}
    clicks = [
        make_event(acme.account.id, at_ms=published_ms - 1_000, visitor=1, **whose),
        make_event(acme.account.id, at_ms=published_ms + 1_000, visitor=2, user_agent=BOT, **whose),
        make_event(acme.account.id, at_ms=published_ms + 90_000, visitor=3, **whose),
    ]
    await store(pool, *clicks)
    await fold_all(pool)

    [timing] = await ask(acme)

    assert (timing["timeToFirstClickS"], timing["isFirstClickExact"]) == (90, True)
    assert dt.datetime.fromisoformat(timing["firstClickAt"]) == published_at + dt.timedelta(seconds=90)
    assert timing["enoughData"] is False
    assert (timing["withinFirstDay"], timing["withinFirstWeek"]) == (None, None)  # they are not over


async def test_where_clicks_are_not_kept_their_hour_is_told(acme: Tenant, pool: asyncpg.Pool) -> None:
    link = await make_link(acme.account, await make_creator(acme.account))
    await publish(acme.account, link)
    await bring_hours(pool, acme.account.id, link.id, [(FIRST_HOUR + 5 * HOUR, 1)])
    await pool.execute("INSERT INTO click_retention VALUES ($1, $2)", acme.account.id, PUBLISHED_AT + 30 * HOUR)

    [timing] = await ask(acme)

    assert timing["isFirstClickExact"] is False
    assert dt.datetime.fromisoformat(timing["firstClickAt"]) == FIRST_HOUR + 5 * HOUR
    assert timing["timeToFirstClickS"] == 4.5 * 3_600


async def test_a_post_without_clicks_has_no_rates(acme: Tenant) -> None:
    await publish(acme.account, await make_link(acme.account, await make_creator(acme.account)))

    [timing] = await ask(acme)

    assert (timing["uniqueClicks"], timing["firstClickAt"], timing["halfLifeS"]) == (0, None, None)
    assert [timing[window] for window in WINDOWS] == [None, None, None]


async def test_links_of_several_posts_are_named(acme: Tenant, pool: asyncpg.Pool) -> None:
    creator = await make_creator(acme.account)
    own, shared = await make_link(acme.account, creator), await make_link(acme.account, creator, slug="bio")
    await publish(acme.account, own, shared)
    await publish(acme.account, shared, at=PUBLISHED_AT + HOUR)
    await bring_hours(pool, acme.account.id, shared.id, [(FIRST_HOUR + 3 * HOUR, 4)])
    await bring_hours(pool, acme.account.id, own.id, [(FIRST_HOUR + 3 * HOUR, 1)])

    first, second = await ask(acme)

    assert (first["uniqueClicks"], second["uniqueClicks"]) == (5, 4)
    assert first["sharedLinks"] == second["sharedLinks"] == [{"slug": "bio"}]


@pytest.mark.feature("R12")
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.usefixtures("answered_once")
async def test_timings_take_as_many_statements_for_any_number(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [KeyScope.READ])).token
            link = await make_link(account, await make_creator(account))
            for _ in range(count):
                await publish(account, link)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            [creator] = (await graph.ask(TIMING, api_key=key))["creators"]["nodes"]

    assert len(creator["posts"]["nodes"]) == count
    # the key, its account, creators, posts; hours, first clicks, hours of the week, shared links; and links if any
    assert len(statements) == 8 + (count > 1)
