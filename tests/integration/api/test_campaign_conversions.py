"""What a campaign says of its conversions itself: which of them count, and for how long after a click."""

import asyncio
from typing import Any

import pytest

from tests.brand import make_campaign
from tests.integration.api.conftest import Tenant
from tracking.accounts.account_settings import update_account_settings
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.campaigns.service import update_campaign
from tracking.errors import InvalidInputError

pytestmark = pytest.mark.feature("TR17")

ANSWER = """
    ... on UserError { code path message }
    ... on %s { campaign {
        id attributionWindowDays countedKinds history(first: 1) { nodes { changes { field before after } } }
    } }
"""
CREATE = f"""
    mutation ($input: CreateCampaignInput!) {{ createCampaign(input: $input) {{ {ANSWER % "CreateCampaignSuccess"} }} }}
"""
UPDATE = f"""
    mutation ($input: UpdateCampaignInput!) {{ updateCampaign(input: $input) {{ {ANSWER % "UpdateCampaignSuccess"} }} }}
"""


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer = (await tenant.ask(CREATE, input={"name": "Summer", **given}))["createCampaign"]
    return dict(answer.get("campaign", answer))


async def update(tenant: Tenant, campaign_id: str, **given: Any) -> dict[str, Any]:
    answer = (await tenant.ask(UPDATE, input={"id": campaign_id, **given}))["updateCampaign"]
    return dict(answer.get("campaign", answer))


class TestTerms:
    async def test_a_campaign_has_those_of_its_account_until_it_says_otherwise(self, acme: Tenant) -> None:
        made = await create(acme)

        changed = await update(acme, made["id"], attributionWindowDays=7, countedKinds=["REBILL", "SALE", "SALE"])
        cleared = await update(acme, made["id"], attributionWindowDays=None, countedKinds=None)

        assert (made["attributionWindowDays"], made["countedKinds"]) == (None, None)
        assert (changed["attributionWindowDays"], changed["countedKinds"]) == (7, ["SALE", "REBILL"])
        assert changed["history"]["nodes"][0]["changes"] == [
            {"field": "attributionWindowDays", "before": None, "after": "7"},
            {"field": "countedKinds", "before": None, "after": '["SALE", "REBILL"]'},
        ]
        assert (cleared["attributionWindowDays"], cleared["countedKinds"]) == (None, None)

    async def test_what_else_changes_leaves_them_as_they_are(self, acme: Tenant) -> None:
        made = await create(acme, attributionWindowDays=7, countedKinds=["LEAD"])

        changed = await update(acme, made["id"], name="Autumn")

        assert (changed["attributionWindowDays"], changed["countedKinds"]) == (7, ["LEAD"])

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"attributionWindowDays": 0}, "attributionWindowDays"),
            ({"attributionWindowDays": 366}, "attributionWindowDays"),
            ({"countedKinds": []}, "countedKinds"),
            ({"countedKinds": ["VOID"]}, "countedKinds"),
        ],
    )
    async def test_what_is_wrong_is_refused_when_it_is_made_and_when_it_is_changed(
        self, acme: Tenant, given: dict[str, Any], field: str
    ) -> None:
        campaign = await create(acme)

        refused = [await create(acme, **given), await update(acme, campaign["id"], **given)]

        assert [(each["code"], each["path"]) for each in refused] == [("INVALID_INPUT", [field])] * 2
        assert await Campaign.filter(account_id=acme.account.id).count() == 1


class TestRetention:
    async def test_a_window_fits_into_the_time_that_clicks_are_kept_for(self, acme: Tenant) -> None:
        await update_account_settings(acme.account.id, {"retention_days": 60})

        assert (await create(acme, attributionWindowDays=54))["path"] == ["attributionWindowDays"]
        assert (await create(acme, attributionWindowDays=53))["attributionWindowDays"] == 53

    async def test_clicks_are_kept_for_as_long_as_the_longest_window_asks(self, acme: Tenant) -> None:
        await create(acme, attributionWindowDays=90)

        with pytest.raises(InvalidInputError) as caught:
            await update_account_settings(acme.account.id, {"retention_days": 96})
        await update_account_settings(acme.account.id, {"retention_days": 97})

        assert caught.value.path == ("retentionDays",)
        assert (await Account.get(id=acme.account.id)).retention_days == 97

    async def test_a_longer_window_and_a_shorter_retention_at_once_do_not_both_hold(self, acme: Tenant) -> None:
        account_id = acme.account.id
        campaign = await make_campaign(acme.account)
        for _ in range(5):
            await update_account_settings(account_id, {"retention_days": 400})
            await update_campaign(account_id, campaign.id, {"attribution_window_days": None})

            await asyncio.gather(
                update_account_settings(account_id, {"retention_days": 60}),
                update_campaign(account_id, campaign.id, {"attribution_window_days": 90}),
                return_exceptions=True,
            )

            account, kept = await Account.get(id=account_id), await Campaign.get(id=campaign.id)
            assert (account.retention_days, kept.attribution_window_s) in {(60, None), (400, 90 * 86_400)}
