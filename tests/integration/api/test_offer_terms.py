"""What an offer pays, and how long after a click: said when it is made, or changed later."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.conftest import Tenant
from tracking.accounts.account_settings import update_account_settings
from tracking.accounts.models import Account
from tracking.errors import InvalidInputError
from tracking.money import Money
from tracking.offers.events import read_events
from tracking.offers.models import Offer
from tracking.offers.payouts import compute_payout
from tracking.offers.service import OfferFields, create_offer, update_offer

pytestmark = pytest.mark.feature("TR21")

ROOT = Path(__file__).resolve().parents[3]
URL = "https://brand.example/summer"
TERMS = """
    currency attributionWindowDays attributionModel
    events { event payoutAmount { amount currency } payoutPercent defaultValue { amountMinor } }
"""
ANSWER = f"""
    ... on UserError {{ code path message }}
    ... on %s {{ offer {{ id {TERMS} history(first: 1) {{ nodes {{ changes {{ field before after }} }} }} }} }}
"""
CREATE = f"mutation ($input: CreateOfferInput!) {{ createOffer(input: $input) {{ {ANSWER % 'CreateOfferSuccess'} }} }}"
UPDATE = f"mutation ($input: UpdateOfferInput!) {{ updateOffer(input: $input) {{ {ANSWER % 'UpdateOfferSuccess'} }} }}"
NOTHING = {"payoutAmount": None, "payoutPercent": None, "defaultValue": None}


async def create(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer = (await tenant.ask(CREATE, input={"name": "Shoes", "destinationUrl": URL, **given}))["createOffer"]
    return dict(answer.get("offer", answer))


async def update(tenant: Tenant, offer_id: str, **given: Any) -> dict[str, Any]:
    answer = (await tenant.ask(UPDATE, input={"id": offer_id, **given}))["updateOffer"]
    return dict(answer.get("offer", answer))


def pick_terms(offer: dict[str, Any]) -> dict[str, Any]:
    return {name: offer[name] for name in ("currency", "attributionWindowDays", "attributionModel", "events")}


class TestTerms:
    async def test_an_offer_without_terms_has_those_of_its_account_and_pays_nothing(self, acme: Tenant) -> None:
        assert pick_terms(await create(acme)) == {
            "currency": None,
            "attributionWindowDays": None,
            "attributionModel": None,
            "events": [],
        }

    async def test_all_terms_are_kept_and_pay_to_the_unit(self, acme: Tenant) -> None:
        sale = {"event": "Sale", "payoutPercent": "7.5", "defaultValue": "20.00"}
        lead = {"event": "lead", "payoutAmount": "120", "currency": "JPY"}

        offer = await create(
            acme, currency="EUR", attributionWindowDays=60, attributionModel="LAST_CLICK", events=[sale, lead]
        )

        assert pick_terms(offer) == {
            "currency": "EUR",
            "attributionWindowDays": 60,
            "attributionModel": "LAST_CLICK",
            "events": [
                {**NOTHING, "event": "sale", "payoutPercent": "7.50", "defaultValue": {"amountMinor": 2000}},
                {**NOTHING, "event": "lead", "payoutAmount": {"amount": "120", "currency": "JPY"}},
            ],
        }
        stored = read_events((await Offer.get()).events)
        assert compute_payout(stored, "sale", Money(3_333, "EUR")) == Money(250, "EUR")
        assert compute_payout(stored, "lead", None) == Money(120, "JPY")

    async def test_what_is_left_out_of_a_change_stays_and_null_gives_it_back_to_the_account(self, acme: Tenant) -> None:
        offer = await create(
            acme, currency="BHD", attributionWindowDays=60, events=[{"event": "sale", "payoutAmount": "0.005"}]
        )

        untouched = await update(acme, offer["id"], name="Boots")
        changed = await update(acme, offer["id"], currency=None, attributionWindowDays=None)

        assert pick_terms(untouched) == pick_terms(offer)
        assert pick_terms(changed) == {
            **pick_terms(offer),
            "currency": None,
            "attributionWindowDays": None,
        }
        assert changed["events"][0]["payoutAmount"] == {"amount": "0.005", "currency": "BHD"}

    async def test_all_events_are_replaced_and_the_history_says_from_what_to_what(self, acme: Tenant) -> None:
        offer = await create(acme, currency="EUR", events=[{"event": "sale", "payoutPercent": "5"}])

        changed = await update(acme, offer["id"], events=[{"event": "lead", "payoutAmount": "2.5"}])

        assert [event["event"] for event in changed["events"]] == ["lead"]
        assert changed["history"]["nodes"][0]["changes"] == [
            {
                "field": "events",
                "before": '[{"event": "sale", "payoutPercent": "5.00"}]',
                "after": '[{"event": "lead", "payoutAmount": "2.50 EUR"}]',
            }
        ]


async def test_the_example_of_the_documentation_makes_what_it_says(acme: Tenant) -> None:
    [example] = re.findall(r"```graphql\n(.+?)```", (ROOT / "docs/conversions.md").read_text(), re.DOTALL)

    events = (await acme.ask(example))["createOffer"]["offer"]["events"]

    assert events == [
        {"event": "sale", "payoutPercent": "7.50", "payoutAmount": None},
        {"event": "lead", "payoutPercent": None, "payoutAmount": {"amount": "120", "currency": "JPY"}},
        {"event": "demo booked", "payoutPercent": None, "payoutAmount": {"amount": "15.00", "currency": "EUR"}},
    ]


class TestRefusals:
    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"currency": "EURO"}, ["currency"]),
            ({"attributionWindowDays": 0}, ["attributionWindowDays"]),
            ({"attributionWindowDays": 366}, ["attributionWindowDays"]),
            ({"events": [{"event": "sale"}]}, ["events", "0", "event"]),
            ({"events": [{"event": "sale", "payoutAmount": "1.001"}]}, ["events", "0", "payoutAmount"]),
            ({"events": [{"event": "sale", "payoutPercent": "101"}]}, ["events", "0", "payoutPercent"]),
            ({"events": [{"event": "sale", "payoutPercent": "1"}] * 2}, ["events", "1", "event"]),
        ],
    )
    async def test_what_is_wrong_is_named_and_changes_nothing(
        self, acme: Tenant, given: dict[str, Any], path: list[str]
    ) -> None:
        offer = await create(acme, events=[{"event": "sale", "payoutPercent": "5"}])

        answers = [await create(acme, **given), await update(acme, offer["id"], **given)]

        assert [(answer["code"], answer["path"]) for answer in answers] == [("INVALID_INPUT", path)] * 2
        [row] = await Offer.all()
        assert (row.currency, row.attribution_window_s, [each.event for each in read_events(row.events)]) == (
            None,
            None,
            ["sale"],
        )

    async def test_another_event_under_the_same_key_is_a_conflict(self, acme: Tenant) -> None:
        first, again, other = [
            await create(acme, idempotencyKey="k", events=[{"event": "sale", "payoutPercent": percent}])
            for percent in ("5", "5", "6")
        ]

        assert again["id"] == first["id"]
        assert other["code"] == "IDEMPOTENCY_CONFLICT"


class TestWindows:
    """Clicks are kept for longer than something may still be attributed to them, whatever an offer says."""

    async def test_a_window_is_a_week_shorter_than_clicks_are_kept(self, acme: Tenant) -> None:
        await update_account_settings(acme.account.id, {"retention_days": 60})

        refused = await create(acme, attributionWindowDays=54)
        taken = await create(acme, attributionWindowDays=53)

        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["attributionWindowDays"])
        assert "60 days" in refused["message"]
        assert taken["attributionWindowDays"] == 53

    async def test_clicks_are_kept_for_the_longest_window_of_an_offer(self, acme: Tenant) -> None:
        await create(acme, attributionWindowDays=90)

        with pytest.raises(InvalidInputError, match="97 days") as caught:
            await update_account_settings(acme.account.id, {"retention_days": 96})
        await update_account_settings(acme.account.id, {"retention_days": 97})

        assert caught.value.path == ("retentionDays",)
        assert (await Account.get(id=acme.account.id)).retention_days == 97

    async def test_a_longer_window_and_a_shorter_retention_at_once_do_not_both_hold(self, acme: Tenant) -> None:
        account_id = acme.account.id
        offer = await create_offer(account_id, OfferFields("Shoes", URL))

        for _ in range(5):
            await update_offer(account_id, offer.id, {"attribution_window_days": None})
            await update_account_settings(account_id, {"retention_days": 400})
            outcomes = await asyncio.gather(
                update_offer(account_id, offer.id, {"attribution_window_days": 300}),
                update_account_settings(account_id, {"retention_days": 60}),
                return_exceptions=True,
            )
            assert [isinstance(each, InvalidInputError) for each in outcomes].count(True) == 1, outcomes
