"""A campaign's creators in the order of any metric, what they cost, and their sum (CU4, CU12)."""

from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import uuid4

import asyncpg
import pytest

from api.campaign_creators.queries import CampaignCreatorOrderField
from tests.brand import join, make_campaign, make_creator
from tests.clicking import BOT, HUMAN, make_event, store
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert
from tests.performing import count_followers
from tracking.campaigns.deals import NewDeal, set_deal
from tracking.campaigns.models import Campaign
from tracking.clock import utc_now
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("CU4", "CU12", "R12")

COLUMNS: Final = """
    edges {
        cursor node { creator { handle } }
        performance {
            metrics { totalClicks countedClicks uniqueClicks botClicks conversions }
            costPerClick { amount currency } costPerUniqueClick { amount } costPerConversion { amount } returnOnFee
        }
    }
    pageInfo { endCursor startCursor }
"""
TABLE: Final = f"""
    query ($orderBy: CampaignCreatorOrder, $first: Int, $after: String, $last: Int, $before: String) {{
        campaigns(first: 1) {{ nodes {{
            creators(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {{ {COLUMNS} }}
        }} }}
    }}
"""
TOTAL_AND_PARTS: Final = """
    { campaigns(first: 1) { nodes {
        report(range: { preset: LIFETIME }) {
            totals { totalClicks uniqueClicks botClicks conversions }
            breakdown(by: CREATOR, first: 10) { nodes {
                key label metrics { totalClicks uniqueClicks botClicks conversions }
            } }
        }
        creators(first: 10, orderBy: { field: UNIQUE_CLICKS }) { edges {
            node { creator { handle } } performance { metrics { totalClicks uniqueClicks botClicks conversions } }
        } }
    } } }
"""


class Part(NamedTuple):
    """Unique clicks, repeats and clicks of programs; followers, the deal, and sales of 10.00 in a currency."""

    unique: int
    repeats: int = 0
    bots: int = 0
    followers: int | None = None
    deal: NewDeal | None = None
    sales: int = 0
    currency: str = "EUR"


def fee(amount: int, currency: str = "EUR") -> NewDeal:
    return NewDeal(currency, flat_fee=Decimal(amount))


CAST: Final = {
    "ada": Part(4, repeats=2, bots=1, followers=100, deal=fee(100), sales=2),
    "bob": Part(1, followers=10, deal=fee(100)),
    "cyn": Part(3),
    "dee": Part(2, followers=50, deal=fee(50, "USD"), sales=2, currency="USD"),
}
# The largest first. The last of the four is the newest, and so the first of equals.
ORDERS: Final = {
    "HANDLE": "dee cyn bob ada",
    "FOLLOWERS": "ada dee bob cyn",
    "TOTAL_CLICKS": "ada cyn dee bob",
    "HUMAN_CLICKS": "ada cyn dee bob",
    "BOT_CLICKS": "ada dee cyn bob",
    "COUNTED_CLICKS": "ada cyn dee bob",
    "UNIQUE_CLICKS": "ada cyn dee bob",
    "REPEAT_CLICKS": "ada dee cyn bob",
    "BOT_RATE": "ada dee cyn bob",
    "CLICK_THROUGH_RATE": "bob dee ada cyn",
    "TOTAL_CLICK_THROUGH_RATE": "bob ada dee cyn",
    "CONVERSIONS": "dee ada cyn bob",
    "CONVERSION_RATE": "dee ada cyn bob",
    "GROSS_VALUE": "ada dee cyn bob",
    "NET_VALUE": "ada dee cyn bob",
    "COST_PER_CLICK": "bob ada dee cyn",
    "COST_PER_UNIQUE_CLICK": "bob ada dee cyn",
    "COST_PER_CONVERSION": "ada dee cyn bob",
    "RETURN_ON_FEE": "dee ada bob cyn",
}
# The smallest first, where that is not the same from behind.
CHEAPEST: Final = {
    "COST_PER_CLICK": "ada bob cyn dee",
    "COST_PER_UNIQUE_CLICK": "ada bob cyn dee",
    "COST_PER_CONVERSION": "ada bob cyn dee",
}


async def make_cast(tenant: Tenant, pool: asyncpg.Pool) -> Campaign:
    account, campaign = tenant.account, await make_campaign(tenant.account)
    for handle, part in CAST.items():
        creator = await make_creator(account, handle)
        [member] = await join(account, campaign, [creator])
        await set_deal(account.id, member.id, part.deal)
        if part.followers is not None:
            await count_followers(account, creator, part.followers)
        whose: dict[str, Any] = {"campaign_id": campaign.id, "creator_id": creator.id, "link_id": creator.id}
        people = [*range(part.unique), *([0] * part.repeats)]
        clicks = [(visitor, HUMAN) for visitor in people] + [(99, BOT)] * part.bots
        events = [make_event(account.id, visitor=visitor, user_agent=agent, **whose) for visitor, agent in clicks]
        await store(pool, *events)
        for _ in range(part.sales):
            worth = {"value_minor": 1_000, "value_currency": part.currency}
            earned = {"click_id": uuid4(), "clicked_at": utc_now()}
            await convert(pool, account.id, occurred_at=utc_now(), **worth, **earned, **whose)
    await fold_all(pool)
    return campaign


async def ask(tenant: Tenant, **variables: Any) -> dict[str, Any]:
    [campaign] = (await tenant.ask(TABLE, **{"first": 10, **variables}))["campaigns"]["nodes"]
    creators: dict[str, Any] = campaign["creators"]
    return creators


def read_handles(creators: dict[str, Any]) -> str:
    return " ".join(edge["node"]["creator"]["handle"] for edge in creators["edges"])


async def test_a_fee_is_told_per_click_and_per_conversion(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme, pool)

    told = {edge["node"]["creator"]["handle"]: edge["performance"] for edge in (await ask(acme))["edges"]}

    # six clicks count: that of a program is none to pay for
    assert told["ada"] == {
        "metrics": {"totalClicks": 7, "countedClicks": 6, "uniqueClicks": 4, "botClicks": 1, "conversions": 2},
        "costPerClick": {"amount": "16.67", "currency": "EUR"},
        "costPerUniqueClick": {"amount": "25.00"},
        "costPerConversion": {"amount": "50.00"},
        "returnOnFee": 0.2,
    }
    assert (told["dee"]["costPerClick"], told["dee"]["returnOnFee"]) == ({"amount": "25.00", "currency": "USD"}, 0.4)
    assert [told["cyn"][name] for name in ("costPerClick", "costPerUniqueClick", "returnOnFee")] == [None] * 3
    assert told["bob"]["costPerConversion"] is None


async def test_creators_are_sorted_by_any_metric(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme, pool)

    for field, handles in ORDERS.items():
        order = {"field": field, "currency": "EUR"}
        assert (field, read_handles(await ask(acme, orderBy={**order, "direction": "DESC"}))) == (field, handles)
        upwards = CHEAPEST.get(field, " ".join(reversed(handles.split())))
        assert (field, read_handles(await ask(acme, orderBy={**order, "direction": "ASC"}))) == (field, upwards)


async def test_money_is_compared_in_one_currency(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme, pool)

    # the account's own is USD, in which dee alone has a fee
    assert read_handles(await ask(acme, orderBy={"field": "NET_VALUE"})) == "dee cyn bob ada"
    assert read_handles(await ask(acme, orderBy={"field": "COST_PER_CLICK"})) == "dee cyn bob ada"
    order = {"field": "PAYOUT", "currency": "XYZ"}
    assert await acme.refuse(TABLE, orderBy=order) == "BAD_USER_INPUT"


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_of_any_order_are_the_whole_table(acme: Tenant, pool: asyncpg.Pool, direction: str) -> None:
    await make_cast(acme, pool)

    for field in CampaignCreatorOrderField:
        order = {"field": field.value, "direction": direction}
        whole = read_handles(await ask(acme, orderBy=order))
        first = await ask(acme, orderBy=order, first=2)
        rest = await ask(acme, orderBy=order, first=2, after=first["pageInfo"]["endCursor"])
        last = await ask(acme, orderBy=order, first=None, last=1)
        before = await ask(acme, orderBy=order, first=None, last=3, before=last["pageInfo"]["startCursor"])
        assert (field, f"{read_handles(first)} {read_handles(rest)}") == (field, whole)
        assert (field, f"{read_handles(before)} {read_handles(last)}") == (field, whole)


async def test_creators_and_what_belongs_to_none_add_up_to_the_total(acme: Tenant, pool: asyncpg.Pool) -> None:
    campaign = await make_cast(acme, pool)
    nobodys = make_event(acme.account.id, campaign_id=campaign.id, creator_id=None, link_id=9_000)
    await store(pool, nobodys, make_event(acme.account.id, campaign_id=None, creator_id=None, link_id=9_001))
    await fold_all(pool)

    [found] = (await acme.ask(TOTAL_AND_PARTS))["campaigns"]["nodes"]

    parts = {part["label"]: part["metrics"] for part in found["report"]["breakdown"]["nodes"]}
    rows = {edge["node"]["creator"]["handle"]: edge["performance"]["metrics"] for edge in found["creators"]["edges"]}
    none = parts.pop("(none)")
    assert parts == rows
    assert none["totalClicks"] == 1
    for name, total in found["report"]["totals"].items():
        assert sum(row[name] or 0 for row in (*rows.values(), none)) == total
    assert found["report"]["totals"] == {"totalClicks": 14, "uniqueClicks": 11, "botClicks": 1, "conversions": 4}
