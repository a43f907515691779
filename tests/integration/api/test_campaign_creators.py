import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.product_queries import read_query
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.models import Campaign, Stage
from tracking.campaigns.service import add_creators, update_campaign
from tracking.creators.models import Platform
from tracking.creators.rules import NewCreator, NewProfile
from tracking.creators.service import create_creators
from tracking.reports.fold import fold_all
from tracking.settings import Settings

RANKED = read_query("01")
CREATORS = """
    query ($first: Int, $after: String, $last: Int, $before: String, $orderBy: CampaignCreatorOrder,
            $range: DateRange, $filter: CampaignCreatorFilter) {
        campaigns(first: 1) { nodes {
            creators(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy, range: $range,
                    filter: $filter) {
                edges {
                    node { creator { handle } }
                    performance {
                        metrics { uniqueClicks }
                        audience { followers asOf profiles { platform followers } }
                        clickThroughRate { value numerator denominator enoughData }
                    }
                }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
            }
        } }
    }
"""
# handle: followers by day, unique clicks, total clicks
CAST: dict[str, tuple[dict[str, int], int, int]] = {
    "ada": ({"2026-01-01": 60, "2026-03-01": 100, "2026-08-01": 900}, 2, 2),
    "bob": ({"2026-02-01": 10}, 1, 4),
    "cyn": ({}, 3, 3),
    "dee": ({"2026-07-01": 50}, 0, 0),
}


async def make_cast(tenant: Tenant, pool: asyncpg.Pool) -> Campaign:
    """A campaign that started on the first of April, and its creators with what they brought."""
    campaign = await make_campaign(tenant.account)
    await update_campaign(tenant.account.id, campaign.id, {"starts_at": dt.datetime(2026, 4, 1, tzinfo=dt.UTC)})
    profile = NewProfile(Platform.INSTAGRAM, "name")
    cast = [NewCreator(handle, profiles=(profile,) if days else ()) for handle, (days, _, _) in CAST.items()]
    created = [outcome.creator for outcome in await create_creators(tenant.account.id, cast)]
    creators = {creator.handle: creator.id for creator in created if creator}
    await add_creators(tenant.account.id, campaign.id, list(creators.values()), stage=Stage.ACCEPTED)
    for handle, (days, unique, total) in CAST.items():
        for day, followers in days.items():
            await _count_followers(pool, creators[handle], dt.date.fromisoformat(day), followers)
        visitors = [*range(1, unique + 1), *([1] * (total - unique))]
        whose = {"campaign_id": campaign.id, "creator_id": creators[handle], "link_id": creators[handle]}
        await store(pool, *(make_event(tenant.account.id, visitor=visitor, **whose) for visitor in visitors))
    await fold_all(pool)
    return campaign


async def _count_followers(pool: asyncpg.Pool, creator_id: int, day: dt.date, followers: int) -> None:
    await pool.execute(
        "INSERT INTO follower_count (account_id, profile_id, counted_on, followers)"
        " SELECT account_id, id, $2, $3 FROM creator_profile WHERE creator_id = $1",
        creator_id,
        day,
        followers,
    )


async def ask(tenant: Tenant, **variables: Any) -> dict[str, Any]:
    [campaign] = (await tenant.ask(CREATORS, **{"range": {"preset": "LIFETIME"}, **variables}))["campaigns"]["nodes"]
    creators: dict[str, Any] = campaign["creators"]
    return creators


def read_handles(creators: dict[str, Any]) -> str:
    return " ".join(edge["node"]["creator"]["handle"] for edge in creators["edges"])


@pytest.mark.feature("LO7", "CU12")
async def test_the_first_query_ranks_creators_by_unique_clicks(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme, pool)

    [campaign] = (await acme.ask(RANKED))["campaigns"]["nodes"]

    assert [
        (edge["node"]["creator"]["handle"], edge["performance"]["metrics"]["uniqueClicks"])
        for edge in campaign["creators"]["edges"]
    ] == [("cyn", 3), ("ada", 2), ("bob", 1), ("dee", 0)]


@pytest.mark.feature("CU5", "CU6")
async def test_clicks_stand_beside_the_followers_of_the_campaigns_time(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme, pool)

    edges = (await ask(acme))["edges"]

    told = {edge["node"]["creator"]["handle"]: edge["performance"] for edge in edges}
    assert told["ada"]["audience"]["followers"] == 100
    assert told["ada"]["audience"]["asOf"] == "2026-03-01"
    assert told["ada"]["clickThroughRate"] == {"value": 0.02, "numerator": 2, "denominator": 100, "enoughData": False}
    assert told["bob"]["clickThroughRate"]["value"] == 0.1
    assert (told["cyn"]["audience"], told["cyn"]["clickThroughRate"]) == (None, None)
    # nobody counted before the campaign started, so the first count after it stands in
    assert told["dee"]["audience"]["asOf"] == "2026-07-01"


ORDERS = {
    "HANDLE": "ada bob cyn dee",
    "STAGE": "ada bob cyn dee",
    "ADDED_AT": "ada bob cyn dee",
    "TOTAL_CLICKS": "dee ada cyn bob",
    "UNIQUE_CLICKS": "dee bob ada cyn",
    "CLICK_THROUGH_RATE": "cyn dee ada bob",
}


class TestOrder:
    @pytest.mark.parametrize(("field", "handles"), ORDERS.items())
    async def test_creators_are_ranked_by_any_count_and_paged_both_ways(
        self, acme: Tenant, pool: asyncpg.Pool, field: str, handles: str
    ) -> None:
        await make_cast(acme, pool)
        up, down = {"field": field, "direction": "ASC"}, {"field": field, "direction": "DESC"}

        first = await ask(acme, first=3, orderBy=up)
        rest = await ask(acme, first=3, orderBy=up, after=first["pageInfo"]["endCursor"])
        last = await ask(acme, last=3, orderBy=up)
        before = await ask(acme, last=3, orderBy=up, before=last["pageInfo"]["startCursor"])

        assert f"{read_handles(first)} {read_handles(rest)}" == handles
        assert f"{read_handles(before)} {read_handles(last)}" == handles
        assert read_handles(await ask(acme, orderBy=down)) == " ".join(handles.split()[::-1])
        assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)

    async def test_counts_and_order_are_of_the_range(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await make_cast(acme, pool)

        creators = await ask(acme, range={"preset": "YESTERDAY"}, orderBy={"field": "UNIQUE_CLICKS"})

        assert [edge["performance"]["metrics"]["uniqueClicks"] for edge in creators["edges"]] == [0] * 4

    async def test_creators_are_found_by_their_stage(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await make_cast(acme, pool)

        assert len((await ask(acme, filter={"stages": ["ACCEPTED"]}))["edges"]) == 4
        assert (await ask(acme, filter={"stages": ["APPLIED", "DECLINED"]}))["edges"] == []


@pytest.mark.feature("R12")
@pytest.mark.parametrize("count", [1, 20])
@pytest.mark.usefixtures("answered_once")
async def test_the_first_query_takes_as_many_statements_for_any_number_of_creators(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            creators = [await make_creator(account) for _ in range(count)]
            await join(account, await make_campaign(account), creators)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            [campaign] = (await graph.ask(RANKED, api_key=key))["campaigns"]["nodes"]

    assert len(campaign["creators"]["edges"]) == count
    # the key, its account's time zone, campaigns, their creators' counts, the creators, what their clicks were worth
    assert len(statements) == 6
