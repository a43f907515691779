"""What a campaign's creators were worth, side by side: rates, their fees, and lists sorted by them."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import uuid4

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert
from tests.product_queries import read_query
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.deals import NewDeal, set_deal
from tracking.clock import utc_now
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("LO16", "CU5", "CU12", "R12")

WORTH: Final = read_query("13")
CREATORS: Final = """
    query ($orderBy: CampaignCreatorOrder, $first: Int, $after: String, $range: DateRange) {
        campaigns(first: 1) { nodes { creators(orderBy: $orderBy, first: $first, after: $after, range: $range) {
            edges {
                node { creator { handle } }
                performance {
                    metrics { conversions conversionRate netValue { amount currency } }
                    conversionRate { value numerator denominator enoughData }
                    costPerConversion { amount currency }
                    returnOnFee
                }
            }
            pageInfo { endCursor }
        } } }
    }
"""


class Part(NamedTuple):
    """Unique clicks, conversions and how many of them are credited to a click, each of 10 EUR or another currency."""

    clicks: int
    conversions: int
    credited: int
    deal: NewDeal | None = None
    currency: str = "EUR"


FEE: Final = NewDeal("EUR", flat_fee=Decimal(100))
CAST: Final = {
    "ada": Part(4, 3, 2, FEE),
    "bob": Part(0, 1, 0, FEE, "USD"),
    "cyn": Part(2, 2, 2),
    "dee": Part(3, 0, 0, FEE),
}


async def make_cast(account: Account, pool: asyncpg.Pool, cast: dict[str, Part]) -> None:
    campaign = await make_campaign(account)
    for handle, part in cast.items():
        creator = await make_creator(account, handle)
        [member] = await join(account, campaign, [creator])
        await set_deal(account.id, member.id, part.deal)
        labels: dict[str, Any] = {"campaign_id": campaign.id, "creator_id": creator.id, "link_id": creator.id}
        await store(pool, *(make_event(account.id, visitor=visitor, **labels) for visitor in range(part.clicks)))
        for number in range(part.conversions):
            earned = {"click_id": uuid4(), "clicked_at": utc_now()} if number < part.credited else {}
            worth = {"value_minor": 1_000, "value_currency": part.currency}
            await convert(pool, account.id, occurred_at=utc_now(), **worth, **earned, **labels)
    await fold_all(pool)


async def ask(tenant: Tenant, **variables: Any) -> dict[str, Any]:
    [campaign] = (await tenant.ask(CREATORS, **{"range": {"preset": "LIFETIME"}, **variables}))["campaigns"]["nodes"]
    creators: dict[str, Any] = campaign["creators"]
    return creators


def read_handles(creators: dict[str, Any]) -> str:
    return " ".join(edge["node"]["creator"]["handle"] for edge in creators["edges"])


async def test_conversions_stand_beside_the_fee(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    told = {edge["node"]["creator"]["handle"]: edge["performance"] for edge in (await ask(acme))["edges"]}

    assert told["ada"] == {
        "metrics": {"conversions": 3, "conversionRate": 0.5, "netValue": [{"amount": "30.00", "currency": "EUR"}]},
        "conversionRate": {"value": 0.5, "numerator": 2, "denominator": 4, "enoughData": False},
        "costPerConversion": {"amount": "33.33", "currency": "EUR"},
        "returnOnFee": 0.3,
    }
    # without clicks there is no rate, and euros are not dollars
    assert told["bob"]["conversionRate"] is None
    assert told["bob"]["costPerConversion"] == {"amount": "100.00", "currency": "EUR"}
    assert told["bob"]["returnOnFee"] is None
    assert (told["cyn"]["costPerConversion"], told["cyn"]["returnOnFee"]) == (None, None)
    # nobody can know yet whether conversions of dee could have been seen
    assert told["dee"] == {
        "metrics": {"conversions": None, "conversionRate": None, "netValue": None},
        "conversionRate": None,
        "costPerConversion": None,
        "returnOnFee": None,
    }


async def test_from_then_on_no_conversions_are_none(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)
    since = utc_now() - dt.timedelta(days=1)
    await pool.execute("UPDATE account SET conversions_since = $1", since)

    told = {edge["node"]["creator"]["handle"]: edge["performance"] for edge in (await ask(acme))["edges"]}

    assert told["dee"] == {
        "metrics": {"conversions": 0, "conversionRate": 0.0, "netValue": []},
        "conversionRate": {"value": 0.0, "numerator": 0, "denominator": 3, "enoughData": False},
        "costPerConversion": None,
        "returnOnFee": 0.0,
    }


@pytest.mark.parametrize(
    ("field", "handles"), [("CONVERSIONS", "ada cyn bob dee"), ("CONVERSION_RATE", "cyn ada dee bob")]
)
async def test_creators_are_ranked_by_what_they_brought(
    acme: Tenant, pool: asyncpg.Pool, field: str, handles: str
) -> None:
    await make_cast(acme.account, pool, CAST)
    order = {"field": field, "direction": "DESC"}

    first = await ask(acme, orderBy=order, first=3)
    rest = await ask(acme, orderBy=order, first=3, after=first["pageInfo"]["endCursor"])

    assert f"{read_handles(first)} {read_handles(rest)}" == handles
    up = await ask(acme, orderBy={"field": field, "direction": "ASC"})
    assert read_handles(up) == " ".join(handles.split()[::-1])


async def test_the_order_is_of_the_range(acme: Tenant, pool: asyncpg.Pool) -> None:
    await make_cast(acme.account, pool, CAST)

    order = {"field": "CONVERSIONS", "direction": "DESC"}
    creators = await ask(acme, orderBy=order, range={"preset": "YESTERDAY"})

    assert read_handles(creators) == "dee cyn bob ada"  # nobody has any, so the newest is first
    assert {edge["performance"]["metrics"]["conversions"] for edge in creators["edges"]} == {None}


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.usefixtures("answered_once")
async def test_a_page_of_creators_with_their_money_takes_as_many_statements_for_any_number(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            await make_cast(account, pool, {f"creator-{number}": Part(1, 1, 1, FEE) for number in range(count)})
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            [campaign] = (await graph.ask(WORTH, api_key=key))["campaigns"]["nodes"]

    net = [edge["performance"]["metrics"]["netValue"] for edge in campaign["creators"]["edges"]]
    assert net == [[{"amount": "10.00", "currency": "EUR"}]] * count
    # the key, its account, campaigns, their creators, the creators, their outcomes; and of the campaign freshness,
    # clicks and outcomes, which by chance are asked for together with those of its creators
    assert len(statements) in (8, 9)
