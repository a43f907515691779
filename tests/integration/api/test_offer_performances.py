"""What offers earned by their clicks, and by creator (TR20)."""

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_creator
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert
from tracking.accounts.models import Account
from tracking.clock import utc_now
from tracking.offers.models import Offer
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("TR20")

READ = """
    query ($id: ID!) {
        node(id: $id) {
            ... on Offer {
                performance {
                    metrics { uniqueClicks netValue { amount } }
                    earningsPerClick { amount currency } payoutPerClick { amount currency }
                    conversionRate { numerator denominator }
                }
                report(range: { preset: LIFETIME }) {
                    breakdown(by: CREATOR) {
                        nodes { label metrics { uniqueClicks netValue { amount } payout { amount } } }
                    }
                }
            }
        }
    }
"""


async def test_net_value_and_payout_for_each_unique_click_by_currency(acme: Tenant, pool: asyncpg.Pool) -> None:
    """3 unique clicks; 12.50 less 2.50 and 1.00 USD; 4 EUR of which are paid out."""
    account_id = acme.account.id
    offer = await Offer.create(account_id=account_id, name="Shoes", destination_url="https://brand.example/")
    creator = await make_creator(acme.account, "anna")
    await Account.filter(id=account_id).update(conversions_since=utc_now())
    labels = {"offer_id": offer.id, "creator_id": creator.id}
    for visitor in (1, 2, 3, 3):
        await store(pool, make_event(account_id, visitor=visitor, **labels))
    await convert(pool, account_id, **labels, payout_minor=400, payout_currency="EUR")
    await convert(pool, account_id, **labels, value_minor=-250, is_counted=False, event="refund")
    await convert(pool, account_id, **labels, value_minor=100, value_currency="USD")
    await fold_all(pool)

    told = (await acme.ask(READ, id=encode_id("Offer", offer.id)))["node"]

    performance = told["performance"]
    assert performance["metrics"]["uniqueClicks"] == 3
    assert [(each["amount"], each["currency"]) for each in performance["earningsPerClick"]] == [
        ("3.3333", "EUR"),
        ("0.3333", "USD"),
    ]
    assert performance["payoutPerClick"] == [{"amount": "1.3333", "currency": "EUR"}]
    [part] = told["report"]["breakdown"]["nodes"]
    assert (part["label"], part["metrics"]["uniqueClicks"]) == ("anna", 3)
    assert part["metrics"]["payout"] == [{"amount": "4.00"}]


async def test_without_clicks_nothing_was_earned_per_click(acme: Tenant) -> None:
    offer = await Offer.create(account_id=acme.account.id, name="Shoes", destination_url="https://brand.example/")

    performance = (await acme.ask(READ, id=encode_id("Offer", offer.id)))["node"]["performance"]

    assert (performance["earningsPerClick"], performance["payoutPerClick"]) == (None, None)
