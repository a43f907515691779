"""A creator over campaigns: reliable, or strong once (CU9)."""

import datetime as dt
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
from tracking.campaigns.service import update_campaign
from tracking.creators.models import Creator
from tracking.creators.profiles import record_follower_counts
from tracking.creators.rules import FollowerReading
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU9")

RATE: Final = "campaign { name } rate { value denominator }"
ASK: Final = f"""
    query ($by: RateMeasure = CLICK_THROUGH_RATE) {{ creators(first: 10) {{ nodes {{ consistency(by: $by) {{
        campaigns campaignsWithoutEnoughData median lowerQuartile upperQuartile spread isOneOff reason
        lowest {{ {RATE} }} highest {{ {RATE} }} compared {{ {RATE} }}
    }} }} }} }}
"""


async def run_campaigns(
    account: Account, pool: asyncpg.Pool, creator: Creator, clicks: dict[str, tuple[int, int]]
) -> None:
    """Each a month after the one before; clicks and the conversions that are credited to them."""
    for month, (name, counts) in enumerate(clicks.items(), start=1):
        campaign = await make_campaign(account, name)
        starts_at = dt.datetime(2026, month, 15, tzinfo=dt.UTC)
        await update_campaign(account.id, campaign.id, {"starts_at": starts_at})
        [member] = await join(account, campaign, [creator])
        await bring_clicks(pool, member, *counts)


async def ask(tenant: Tenant, **variables: Any) -> dict[str, Any]:
    [creator] = (await tenant.ask(ASK, **variables))["creators"]["nodes"]
    consistency: dict[str, Any] = creator["consistency"]
    return consistency


async def test_a_strong_result_among_weak_ones_is_named(acme: Tenant, pool: asyncpg.Pool) -> None:
    ada = await make_creator(acme.account, "ada")
    await count_followers(acme.account, ada, 80_000)
    strong = {"January": (240, 0), "February": (2_100, 0), "March": (320, 0), "April": (5, 0)}
    await run_campaigns(acme.account, pool, ada, strong)

    found = await ask(acme)

    assert (found["campaigns"], found["campaignsWithoutEnoughData"], found["isOneOff"]) == (3, 1, True)
    assert (found["median"], found["lowest"]["campaign"], found["highest"]["campaign"]) == (
        0.004,
        {"name": "January"},
        {"name": "February"},
    )
    assert found["spread"] == pytest.approx(found["upperQuartile"] - found["lowerQuartile"])
    assert found["reason"] == (
        "February brought 2.6 %, 7.5 times the median of the other 2 campaigns, 0.35 %; none of them reached half of"
        " that."
    )
    assert [each["campaign"]["name"] for each in found["compared"]] == ["January", "February", "March"]


async def test_each_campaign_has_the_followers_of_its_start(acme: Tenant, pool: asyncpg.Pool) -> None:
    ada = await make_creator(acme.account, "ada")
    profile = await count_followers(acme.account, ada, 1_000)
    await record_follower_counts(acme.account.id, [FollowerReading(profile.id, dt.date(2026, 2, 1), 4_000)])
    await run_campaigns(acme.account, pool, ada, {"January": (100, 0), "February": (100, 0)})

    found = await ask(acme)

    assert [each["rate"] for each in found["compared"]] == [
        {"value": 0.1, "denominator": 1_000},
        {"value": 0.025, "denominator": 4_000},
    ]
    assert found["isOneOff"] is None


async def test_conversions_are_compared_by_unique_clicks(acme: Tenant, pool: asyncpg.Pool) -> None:
    ada = await make_creator(acme.account, "ada")
    await run_campaigns(acme.account, pool, ada, {"A": (200, 20), "B": (400, 60), "C": (1_000, 120)})

    by_conversions, by_clicks = await ask(acme, by="CONVERSION_RATE"), await ask(acme)

    assert (by_conversions["median"], by_conversions["isOneOff"]) == (0.12, False)
    assert (by_clicks["campaigns"], by_clicks["campaignsWithoutEnoughData"]) == (0, 3)  # nobody counted followers


@pytest.mark.feature("R12")
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.usefixtures("answered_once")
async def test_it_takes_as_many_statements_for_any_number(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [KeyScope.READ])).token
            for _ in range(count):
                creator = await make_creator(account)
                await count_followers(account, creator, 1_000)
                await run_campaigns(account, pool, creator, {"A": (200, 0), "B": (400, 0)})
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            creators = (await graph.ask(ASK, api_key=key))["creators"]["nodes"]

    assert [creator["consistency"]["campaigns"] for creator in creators] == [2] * count
    assert len(statements) == 4  # the key, creators, their campaigns' counts, campaigns
