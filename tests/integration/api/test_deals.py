from typing import Any

import pytest

from tests.brand import join, make_campaign, make_creator
from tests.integration.api.conftest import Tenant

SET = """
    mutation ($input: SetDealInput!) {
        setDeal(input: $input) {
            ... on SetDealSuccess { campaignCreator {
                deal {
                    currency commissionRate
                    flatFee { amount amountMinor currency }
                    giftValue { amount } commissionPerConversion { amount amountMinor }
                }
                history { nodes { action actor { kind } changes { field before after } } }
            } }
            ... on UserError { code path }
        }
    }
"""


@pytest.fixture
async def member_id(acme: Tenant) -> str:
    await join(acme.account, await make_campaign(acme.account), [await make_creator(acme.account)])
    [campaign] = (await acme.ask("{ campaigns { nodes { creators { nodes { id } } } } }"))["campaigns"]["nodes"]
    global_id: str = campaign["creators"]["nodes"][0]["id"]
    return global_id


async def set_deal(tenant: Tenant, member_id: str, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(SET, input={"campaignCreatorId": member_id, **given}))["setDeal"]
    return answer


@pytest.mark.feature("CU3", "CU4")
async def test_a_deal_is_kept_to_the_digit(acme: Tenant, member_id: str) -> None:
    given = {"currency": "BHD", "flatFee": "1250.5", "commissionRate": "0.10", "commissionPerConversion": "0.005"}

    answer = await set_deal(acme, member_id, deal=given)

    assert answer["campaignCreator"]["deal"] == {
        "currency": "BHD",
        "commissionRate": "0.1",
        "flatFee": {"amount": "1250.500", "amountMinor": 1250500, "currency": "BHD"},
        "giftValue": None,
        "commissionPerConversion": {"amount": "0.005", "amountMinor": 5},
    }


@pytest.mark.feature("CU3")
async def test_null_takes_it_away_and_history_tells_both(acme: Tenant, member_id: str) -> None:
    await set_deal(acme, member_id, deal={"flatFee": "12.50"})

    told = (await set_deal(acme, member_id, deal=None))["campaignCreator"]

    assert told["deal"] is None
    cleared, made = told["history"]["nodes"]
    assert (cleared["action"], made["action"], made["actor"]["kind"]) == ("DEAL_CLEARED", "DEAL_SET", "API_KEY")
    assert sorted(cleared["changes"], key=lambda change: str(change["field"])) == [
        {"field": "currency", "before": "USD", "after": None},
        {"field": "flatFee", "before": "12.50", "after": None},
    ]


@pytest.mark.feature("CU3")
@pytest.mark.parametrize(
    ("deal", "path"),
    [
        ({"currency": "JPY", "flatFee": "1.5"}, ["deal", "flatFee"]),
        ({"currency": "EUR", "giftValue": "0.001"}, ["deal", "giftValue"]),
        ({"currency": "XXX", "flatFee": "1"}, ["deal", "currency"]),
        ({"commissionRate": "1.5"}, ["deal", "commissionRate"]),
        ({"currency": "EUR"}, ["deal"]),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_field(
    acme: Tenant, member_id: str, deal: dict[str, str], path: list[str]
) -> None:
    assert await set_deal(acme, member_id, deal=deal) == {"code": "INVALID_INPUT", "path": path}


async def test_leaving_the_deal_out_is_not_taking_it_away(acme: Tenant, member_id: str) -> None:
    assert await set_deal(acme, member_id) == {"code": "INVALID_INPUT", "path": ["deal"]}


@pytest.mark.parametrize("amount", [12.5, 12, "-1", "1e3", "NaN", "1,50", " 1", "1_000"])
async def test_an_amount_is_a_string_of_plain_digits(acme: Tenant, member_id: str, amount: Any) -> None:
    given = {"campaignCreatorId": member_id, "deal": {"flatFee": amount}}

    answer = (await acme.graph.post(SET, api_key=acme.key, input=given)).json()

    assert "data" not in answer or answer["data"] is None
    assert len(answer["errors"]) == 1


@pytest.mark.feature("R11")
async def test_the_deal_of_another_account_is_unknown(acme: Tenant, other: Tenant, member_id: str) -> None:
    refused = {"code": "NOT_FOUND", "path": ["campaignCreatorId"]}

    assert await set_deal(other, member_id, deal={"flatFee": "1"}) == refused
    assert await set_deal(acme, "garbage", deal={"flatFee": "1"}) == refused
