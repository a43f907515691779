"""Creators ranked by rates, with the places that chance leaves open (CU6, CU7)."""

from typing import Any, Final

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.performing import bring_clicks, count_followers
from tests.statements import recorded_statements
from tracking.accounts.models import Account
from tracking.accounts.models import Scope as KeyScope
from tracking.accounts.service import create_api_key
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU6", "CU7")

RANKING: Final = """
    query ($by: RateMeasure!, $range: DateRange, $first: Int = 10) { campaigns(first: 1) { nodes {
        ranking(by: $by, range: $range, first: $first) {
            rankedCount
            ranked {
                campaignCreator { creator { handle } } rate { value numerator denominator }
                rank rankLow rankHigh isTiedWithFirst
            }
            withoutEnoughDataCount
            withoutEnoughData { campaignCreator { creator { handle } } rate { value } }
        }
    } } }
"""
# handle: followers, unique clicks, conversions that are credited to them
CAST: Final[dict[str, tuple[int | None, int, int]]] = {
    "ada": (80_000, 2_100, 20),
    "bob": (80_000, 2_050, 190),
    "cyn": (80_000, 240, 12),
    "dee": (50, 40, 0),
    "eve": (None, 0, 0),
}


async def make_cast(account: Account, pool: asyncpg.Pool, cast: dict[str, tuple[int | None, int, int]]) -> None:
    campaign = await make_campaign(account)
    for handle, (followers, clicks, conversions) in cast.items():
        creator = await make_creator(account, handle)
        [member] = await join(account, campaign, [creator])
        if followers is not None:
            await count_followers(account, creator, followers)
        await bring_clicks(pool, member, clicks, conversions)


async def ask(tenant: Tenant, by: str, **variables: Any) -> dict[str, Any]:
    [campaign] = (await tenant.ask(RANKING, by=by, **variables))["campaigns"]["nodes"]
    ranking: dict[str, Any] = campaign["ranking"]
    return ranking


def describe(ranking: dict[str, Any]) -> list[tuple[str, int, int, int, bool]]:
    fields = ("rank", "rankLow", "rankHigh", "isTiedWithFirst")
    return [
        (each["campaignCreator"]["creator"]["handle"], *(each[name] for name in fields)) for each in ranking["ranked"]
    ]


def read_handles(unranked: list[dict[str, Any]]) -> list[str]:
    return [each["campaignCreator"]["creator"]["handle"] for each in unranked]


async def test_close_rates_are_a_tie_and_little_data_stands_apart(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    ranking = await ask(acme, "CLICK_THROUGH_RATE")

    assert describe(ranking) == [("ada", 1, 1, 2, True), ("bob", 2, 1, 2, True), ("cyn", 3, 3, 3, False)]
    assert ranking["ranked"][0]["rate"] == {"value": 0.02625, "numerator": 2_100, "denominator": 80_000}
    assert (ranking["rankedCount"], ranking["withoutEnoughDataCount"]) == (3, 2)
    # 40 of 50 is the best rate of all, and says nothing
    assert read_handles(ranking["withoutEnoughData"]) == ["dee", "eve"]
    assert [each["rate"] for each in ranking["withoutEnoughData"]] == [{"value": 0.8}, None]


async def test_conversions_are_ranked_by_unique_clicks(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    ranking = await ask(acme, "CONVERSION_RATE")

    assert describe(ranking) == [("bob", 1, 1, 2, True), ("cyn", 2, 1, 2, True), ("ada", 3, 3, 3, False)]
    assert read_handles(ranking["withoutEnoughData"]) == ["dee", "eve"]


async def test_a_ranking_is_of_its_range(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    ranking = await ask(acme, "CLICK_THROUGH_RATE", range={"preset": "YESTERDAY"})

    assert (ranking["rankedCount"], ranking["withoutEnoughDataCount"]) == (0, 5)


async def test_all_are_compared_though_few_are_shown(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    ranking = await ask(acme, "CLICK_THROUGH_RATE", first=1)

    assert describe(ranking) == [("ada", 1, 1, 2, True)]
    assert (ranking["rankedCount"], len(ranking["withoutEnoughData"])) == (3, 1)
    too_many = "{ campaigns(first: 1) { nodes { ranking(by: CONVERSION_RATE, first: 1001) { rankedCount } } } }"
    assert await acme.refuse(too_many) == "BAD_USER_INPUT"


@pytest.mark.feature("R12")
@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.usefixtures("answered_once")
async def test_a_ranking_takes_as_many_statements_for_any_number(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [KeyScope.READ])).token
            await make_cast(account, pool, {f"creator{number}": (1_000, 100, 0) for number in range(count)})
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            [campaign] = (await graph.ask(RANKING, api_key=key, by="CLICK_THROUGH_RATE"))["campaigns"]["nodes"]

    assert campaign["ranking"]["rankedCount"] == count
    assert len(statements) == 5  # the key, its account's time zone, campaigns, their creators' counts, the creators
