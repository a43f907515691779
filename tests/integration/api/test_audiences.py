"""Whose followers clicks are measured by: one dated count of one profile, and who may say which (CU5, CU6)."""

import asyncio
import datetime as dt
from typing import Any, Final

import asyncpg
import pytest

from tests.brand import join, make_campaign, make_creator
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tracking.campaigns.posts import NewPost, create_post
from tracking.campaigns.service import update_campaign
from tracking.clock import utc_now
from tracking.creators.models import CreatorProfile, Platform
from tracking.creators.profiles import add_profile, record_follower_counts, remove_profile
from tracking.creators.rules import FollowerReading, NewProfile
from tracking.errors import NotFoundError
from tracking.performance.audiences import set_audience_profile
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("CU5", "CU6")

START: Final = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
ASK: Final = """
    { campaigns(first: 1) { nodes { creators(first: 2) { edges {
        node { id audienceProfile { platform } creator { profiles { id platform } } }
        performance {
            audience { followers asOf rule profiles { platform } }
            clickThroughRate { value low high numerator denominator enoughData }
            ofAll: clickThroughRate(by: TOTAL_CLICKS) { value numerator }
        }
    } } } } }
"""
NAME: Final = """
    mutation ($input: SetAudienceProfileInput!) { setAudienceProfile(input: $input) {
        ... on SetAudienceProfileSuccess { campaignCreator { audienceProfile { platform } history(first: 5) {
            nodes { action changes { field before after } }
        } } }
        ... on UserError { code path message }
    } }
"""


class Stand:
    """Ada in a campaign that starts on the first of April, with profiles of which each has a count of March."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.profiles: dict[Platform, CreatorProfile] = {}

    async def set_up(self, followers: dict[Platform, int]) -> "Stand":
        account = self.tenant.account
        campaign = await make_campaign(account)
        await update_campaign(account.id, campaign.id, {"starts_at": START})
        self.creator = await make_creator(account, "ada")
        [self.member] = await join(account, campaign, [self.creator])
        for platform, count in followers.items():
            self.profiles[platform] = await add_profile(account.id, self.creator.id, NewProfile(platform, "ada"))
            await self.count(platform, dt.date(2026, 3, 1), count)
        return self

    async def count(self, platform: Platform, day: dt.date, followers: int) -> None:
        reading = FollowerReading(self.profiles[platform].id, day, followers)
        await record_follower_counts(self.tenant.account.id, [reading])

    async def post(self, platform: Platform, name: str) -> None:
        wanted = NewPost(self.member.id, platform, f"https://post.example/{name}", utc_now())
        await create_post(self.tenant.account.id, wanted)

    async def ask(self) -> dict[str, Any]:
        [campaign] = (await self.tenant.ask(ASK))["campaigns"]["nodes"]
        [edge] = campaign["creators"]["edges"]
        return {**edge["node"], **edge["performance"]}

    async def read_audience(self) -> tuple[int, str]:
        audience = (await self.ask())["audience"]
        assert len(audience["profiles"]) == 1
        return audience["followers"], audience["rule"]

    async def name(self, profile_id: str | None) -> dict[str, Any]:
        given = {"campaignCreatorId": (await self.ask())["id"], "profileId": profile_id}
        answer: dict[str, Any] = (await self.tenant.ask(NAME, input=given))["setAudienceProfile"]
        return answer


@pytest.mark.parametrize(
    ("clicks", "value", "rounded"), [(240, 0.003, "0.3 %"), (2_100, 0.02625, "2.6 %")], ids=["240", "2,100"]
)
async def test_clicks_by_eighty_thousand_followers(
    acme: Tenant, pool: asyncpg.Pool, clicks: int, value: float, rounded: str
) -> None:
    stand = await Stand(acme).set_up({Platform.INSTAGRAM: 80_000})
    event = make_event(acme.account.id, campaign_id=stand.member.campaign_id, creator_id=stand.creator.id)
    await store(pool, event)
    await fold_all(pool)
    await pool.execute("UPDATE rollup SET human_clicks = $1, counted_clicks = $1, unique_clicks = $1", clicks)

    told = await stand.ask()

    rate = told["clickThroughRate"]
    assert (rate["value"], rate["numerator"], rate["denominator"], rate["enoughData"]) == (value, clicks, 80_000, True)
    assert f"{round(rate['value'] * 100, 1)} %" == rounded
    assert rate["low"] < value < rate["high"]


async def test_total_clicks_are_told_when_they_are_asked_for(acme: Tenant, pool: asyncpg.Pool) -> None:
    stand = await Stand(acme).set_up({Platform.INSTAGRAM: 100})
    whose = {"campaign_id": stand.member.campaign_id, "creator_id": stand.creator.id}
    await store(pool, *(make_event(acme.account.id, visitor=visitor, **whose) for visitor in (1, 1, 1, 2)))
    await fold_all(pool)

    told = await stand.ask()

    assert (told["clickThroughRate"]["value"], told["ofAll"]["value"]) == (0.02, 0.04)


async def test_the_count_is_of_the_campaigns_start(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 10})
    await stand.count(Platform.TIKTOK, dt.date(2026, 4, 1), 20)
    await stand.count(Platform.TIKTOK, dt.date(2026, 4, 2), 30)

    assert (await stand.ask())["audience"]["asOf"] == "2026-04-01"
    assert await stand.read_audience() == (20, "LARGEST")


async def test_without_an_older_count_the_first_after_the_start_is_taken(acme: Tenant, pool: asyncpg.Pool) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 10})
    await pool.execute("DELETE FROM follower_count")
    await stand.count(Platform.TIKTOK, dt.date(2026, 6, 1), 60)
    await stand.count(Platform.TIKTOK, dt.date(2026, 5, 1), 50)

    assert await stand.read_audience() == (50, "LARGEST")


async def test_the_platform_of_all_posts_goes_before_the_largest(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000, Platform.YOUTUBE: 10})
    assert await stand.read_audience() == (1_000, "LARGEST")

    await stand.post(Platform.YOUTUBE, "1")
    await stand.post(Platform.YOUTUBE, "2")
    assert await stand.read_audience() == (10, "PLATFORM")

    await stand.post(Platform.TIKTOK, "3")
    assert await stand.read_audience() == (1_000, "LARGEST")


async def test_posts_where_the_creator_has_no_profile_decide_nothing(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000, Platform.YOUTUBE: 10})

    await stand.post(Platform.BLOG, "1")

    assert await stand.read_audience() == (1_000, "LARGEST")


async def test_the_named_profile_goes_before_all(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000, Platform.YOUTUBE: 10, Platform.X: 5})
    await stand.post(Platform.YOUTUBE, "1")
    ids = {each["platform"]: each["id"] for each in (await stand.ask())["creator"]["profiles"]}

    named = (await stand.name(ids["X"]))["campaignCreator"]
    again = (await stand.name(ids["X"]))["campaignCreator"]

    assert named["audienceProfile"] == {"platform": "X"}
    assert named["history"] == again["history"]
    assert named["history"]["nodes"][0] == {
        "action": "AUDIENCE_SET",
        "changes": [
            {"field": "platform", "before": None, "after": "X"},
            {"field": "profileHandle", "before": None, "after": "ada"},
        ],
    }
    assert await stand.read_audience() == (5, "NAMED")
    assert (await stand.name(None))["campaignCreator"]["audienceProfile"] is None
    assert await stand.read_audience() == (10, "PLATFORM")


async def test_a_profile_that_is_removed_is_named_no_more(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000, Platform.X: 5})
    ids = {each["platform"]: each["id"] for each in (await stand.ask())["creator"]["profiles"]}
    await stand.name(ids["X"])

    await remove_profile(acme.account.id, stand.profiles[Platform.X].id)

    assert (await stand.ask())["audienceProfile"] is None
    assert await stand.read_audience() == (1_000, "LARGEST")


async def test_a_named_profile_without_counts_leaves_the_rate_unknown(acme: Tenant, pool: asyncpg.Pool) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000, Platform.X: 5})
    await pool.execute("DELETE FROM follower_count WHERE profile_id = $1", stand.profiles[Platform.X].id)
    ids = {each["platform"]: each["id"] for each in (await stand.ask())["creator"]["profiles"]}

    await stand.name(ids["X"])

    told = await stand.ask()
    assert (told["audience"], told["clickThroughRate"]) == (None, None)


async def test_another_creators_profile_is_refused(acme: Tenant) -> None:
    stand = await Stand(acme).set_up({Platform.TIKTOK: 1_000})
    bob = await make_creator(acme.account, "bob")
    await add_profile(acme.account.id, bob.id, NewProfile(Platform.X, "bob"))
    [foreign] = (await acme.ask('{ creators(first: 1, filter: { search: "bob" }) { nodes { profiles { id } } } }'))[
        "creators"
    ]["nodes"][0]["profiles"]

    refused = await stand.name(foreign["id"])

    assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["profileId"])
    assert (await stand.ask())["audienceProfile"] is None


async def test_naming_and_removing_at_once_leaves_no_name_without_profile(acme: Tenant, pool: asyncpg.Pool) -> None:
    stand = await Stand(acme).set_up({})
    for round_number in range(8):
        profile = await add_profile(acme.account.id, stand.creator.id, NewProfile(Platform.X, f"ada{round_number}"))
        results = await asyncio.gather(
            *(set_audience_profile(acme.account.id, stand.member.id, profile.id) for _ in range(2)),
            remove_profile(acme.account.id, profile.id),
            return_exceptions=True,
        )
        assert {type(result) for result in results[:2]} <= {type(None), NotFoundError}
        assert isinstance(results[2], CreatorProfile)
        named = await pool.fetchval("SELECT profile_id FROM campaign_creator")
        assert named is None


async def test_a_repeat_changes_nothing(acme: Tenant, pool: asyncpg.Pool) -> None:
    stand = await Stand(acme).set_up({Platform.X: 5})
    for _ in range(2):
        await set_audience_profile(acme.account.id, stand.member.id, stand.profiles[Platform.X].id)

    assert await pool.fetchval("SELECT count(*) FROM history_entry WHERE action = 'AUDIENCE_SET'") == 1
