"""Pages between links and destinations, and those for links that lead nowhere, on the graph (TR12)."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from api.ids import encode_id
from tests.clicking import make_event, read_totals, store
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.changes.rules import ChangeKind
from tracking.clicks.confirmations import store_confirmations
from tracking.clicks.event import ClickEvent, Confirmation, Fact
from tracking.clock import now_ms

pytestmark = pytest.mark.feature("TR12")

TEXTS = """
    title description callToAction previewTitle previewDescription previewImageUrl
"""
OFFER = f"""
    mutation ($input: UpdateOfferInterstitialInput!) {{
      updateOfferInterstitial(input: $input) {{
        ... on UserError {{ code path }}
        ... on UpdateOfferInterstitialSuccess {{ offer {{ id interstitialMode interstitial {{ {TEXTS} }} }} }}
      }}
    }}
"""
CAMPAIGN = f"""
    mutation ($input: UpdateCampaignInterstitialInput!) {{
      updateCampaignInterstitial(input: $input) {{
        ... on UserError {{ code path }}
        ... on UpdateCampaignInterstitialSuccess {{ campaign {{ interstitial {{ {TEXTS} }} }} }}
      }}
    }}
"""
ACCOUNT = f"""
    mutation ($input: UpdateAccountPagesInput!) {{
      updateAccountPages(input: $input) {{
        ... on UserError {{ code path }}
        ... on UpdateAccountPagesSuccess {{
          account {{
            settings {{ interstitial {{ {TEXTS} }} branding {{ name homeUrl notFoundText goneText }} }}
          }}
        }}
      }}
    }}
"""
HISTORY = """
    query ($id: ID!) {
      node(id: $id) {
        ... on Offer { history { nodes { action changes { field before after } } } }
        ... on Campaign { history { nodes { action changes { field before after } } } }
        ... on Account { history { nodes { action changes { field before after } } } }
      }
    }
"""
GIVEN = {"title": "Almost there", "description": "All sizes", "callToAction": "To the shop"}
SHOWN = {**GIVEN, "previewTitle": None, "previewDescription": None, "previewImageUrl": None}


async def change(tenant: Tenant, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, input=given)).values()
    return dict(answer)


async def make_offer(tenant: Tenant) -> str:
    mutation = """
        mutation {
          createOffer(input: { name: "Shoes", destinationUrl: "https://shop.example/" }) {
            ... on CreateOfferSuccess { offer { id } }
          }
        }
    """
    return str((await tenant.ask(mutation))["createOffer"]["offer"]["id"])


async def make_campaign(tenant: Tenant) -> str:
    mutation = """
        mutation { createCampaign(input: { name: "Summer" }) { ... on CreateCampaignSuccess { campaign { id } } } }
    """
    return str((await tenant.ask(mutation))["createCampaign"]["campaign"]["id"])


async def read_history(tenant: Tenant, node_id: str) -> list[list[str]]:
    """The fields of each change, the newest first."""
    entries = (await tenant.ask(HISTORY, id=node_id))["node"]["history"]["nodes"]
    return [[field["field"] for field in entry["changes"]] for entry in entries if entry["action"] == "UPDATED"]


async def read_changes(pool: asyncpg.Pool) -> list[int]:
    return [row["kind"] for row in await pool.fetch("SELECT kind FROM change_log ORDER BY seq")]


class TestOffers:
    async def test_an_offer_begins_without_a_page_and_gets_its_own(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        offer_id = await make_offer(acme)
        await pool.execute("DELETE FROM change_log")
        first = await change(acme, OFFER, id=offer_id)
        second = await change(acme, OFFER, id=offer_id, mode="CUSTOM", interstitial=GIVEN)
        again = await change(acme, OFFER, id=offer_id, mode="CUSTOM", interstitial=GIVEN)
        third = await change(acme, OFFER, id=offer_id, mode="NONE")

        assert first["offer"] == {"id": offer_id, "interstitialMode": "NONE", "interstitial": None}
        assert second["offer"] == {"id": offer_id, "interstitialMode": "CUSTOM", "interstitial": SHOWN}
        assert again == second
        assert third["offer"] == {"id": offer_id, "interstitialMode": "NONE", "interstitial": SHOWN}
        assert await read_history(acme, offer_id) == [["interstitialMode"], ["interstitial", "interstitialMode"]]
        assert await read_changes(pool) == [ChangeKind.OFFER, ChangeKind.OFFER]

    async def test_custom_needs_texts(self, acme: Tenant) -> None:
        offer_id = await make_offer(acme)
        refused = await change(acme, OFFER, id=offer_id, mode="CUSTOM")
        assert refused == {"code": "INVALID_INPUT", "path": ["interstitial"]}
        await change(acme, OFFER, id=offer_id, mode="CUSTOM", interstitial=GIVEN)
        assert await change(acme, OFFER, id=offer_id, interstitial=None) == refused

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"title": ""}, "title"),
            ({"callToAction": "x" * 61}, "callToAction"),
            ({"previewImageUrl": "http://cdn.example/shoes.png"}, "previewImageUrl"),
        ],
    )
    async def test_a_wrong_text_is_named(self, acme: Tenant, given: dict[str, str], field: str) -> None:
        offer_id = await make_offer(acme)
        refused = await change(acme, OFFER, id=offer_id, interstitial={**GIVEN, **given})
        assert refused == {"code": "INVALID_INPUT", "path": ["interstitial", field]}
        assert (await change(acme, OFFER, id=offer_id))["offer"]["interstitial"] is None

    async def test_the_page_of_an_archived_offer_can_be_taken_away(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        offer_id = await make_offer(acme)
        await change(acme, OFFER, id=offer_id, mode="CUSTOM", interstitial=GIVEN)
        await pool.execute("UPDATE offer SET archived_at = now()")
        assert (await change(acme, OFFER, id=offer_id, mode="NONE"))["offer"]["interstitialMode"] == "NONE"

    async def test_an_unknown_offer_is_unknown(self, acme: Tenant) -> None:
        answer = await change(acme, OFFER, id=encode_id("Offer", 1), mode="NONE")
        assert answer == {"code": "NOT_FOUND", "path": ["id"]}


class TestCampaigns:
    async def test_a_campaign_has_a_page_until_it_is_taken_away(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        campaign_id = await make_campaign(acme)
        await pool.execute("DELETE FROM change_log")
        given = {**GIVEN, "previewImageUrl": "https://cdn.example/shoes.png"}
        first = await change(acme, CAMPAIGN, id=campaign_id, interstitial=given)
        second = await change(acme, CAMPAIGN, id=campaign_id, interstitial=None)
        assert first["campaign"]["interstitial"] == {**SHOWN, "previewImageUrl": "https://cdn.example/shoes.png"}
        assert second["campaign"]["interstitial"] is None
        assert await read_history(acme, campaign_id) == [["interstitial"], ["interstitial"]]
        assert await read_changes(pool) == [ChangeKind.CAMPAIGN, ChangeKind.CAMPAIGN]

    async def test_a_wrong_text_is_named(self, acme: Tenant) -> None:
        campaign_id = await make_campaign(acme)
        refused = await change(acme, CAMPAIGN, id=campaign_id, interstitial={"title": " "})
        assert refused == {"code": "INVALID_INPUT", "path": ["interstitial", "title"]}


class TestAccounts:
    async def test_page_and_branding_are_set_by_themselves(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        branding = {"name": "Acme", "homeUrl": "https://acme.example/", "notFoundText": "Nothing", "goneText": None}
        first = await change(acme, ACCOUNT, interstitial=GIVEN)
        second = await change(acme, ACCOUNT, branding=branding)
        third = await change(acme, ACCOUNT, interstitial=None)
        assert first["account"]["settings"] == {"interstitial": SHOWN, "branding": None}
        assert second["account"]["settings"] == {"interstitial": SHOWN, "branding": branding}
        assert third["account"]["settings"] == {"interstitial": None, "branding": branding}
        history = await read_history(acme, encode_id("Account", acme.account.id))
        assert history == [["interstitial"], ["branding"], ["interstitial"]]
        assert (await read_changes(pool))[-3:] == [ChangeKind.ACCOUNT] * 3

    async def test_a_wrong_word_is_named(self, acme: Tenant) -> None:
        refused = await change(acme, ACCOUNT, branding={"name": "Acme", "homeUrl": "javascript:alert(1)"})
        assert refused == {"code": "INVALID_INPUT", "path": ["branding", "homeUrl"]}

    async def test_only_who_decides_over_the_account_sets_it(self, acme: Tenant) -> None:
        key = await create_api_key(acme.account.id, "writer", [Scope.WRITE])
        given = {"branding": {"name": "Acme"}}
        assert await acme.graph.refuse(ACCOUNT, api_key=key.token, input=given) == "FORBIDDEN"


class TestClicks:
    CLICK = "query ($id: ID!) { node(id: $id) { ... on Click { counting interstitial { continuedAt } } } }"

    async def click(self, pool: asyncpg.Pool, acme: Tenant, facts: int) -> ClickEvent:
        event = make_event(acme.account.id, facts=facts)
        await store(pool, event)
        return event

    async def read(self, acme: Tenant, event: ClickEvent) -> dict[str, Any]:
        node_id = encode_id("Click", UUID(bytes=event.click_id))
        node: dict[str, Any] = (await acme.ask(self.CLICK, id=node_id))["node"]
        return node

    async def continue_(self, pool: asyncpg.Pool, event: ClickEvent, link_id: int = 7) -> int:
        """How many clicks it confirmed."""
        confirmation = Confirmation(event.click_id, event.account_id, link_id, now_ms())
        return (await store_confirmations(pool, [confirmation])).confirmed

    async def test_a_click_says_that_somebody_continued_and_is_judged_as_before(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        event = await self.click(pool, acme, Fact.INTERSTITIAL_SHOWN | Fact.ACCEPT_HTML | Fact.ACCEPT_LANGUAGE)
        before = await self.read(acme, event)
        assert await self.continue_(pool, event) == 0
        after = await self.read(acme, event)
        assert before == {"counting": "UNIQUE", "interstitial": {"continuedAt": None}}
        assert after["counting"] == "UNIQUE"
        assert after["interstitial"]["continuedAt"] is not None
        assert (await read_totals(pool, acme.account.id))["unique_clicks"] == 1
        assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 0

    async def test_a_click_that_was_asked_to_confirm_is_confirmed_as_well(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        event = await self.click(pool, acme, Fact.INTERSTITIAL_SHOWN | Fact.CONFIRMATION_ASKED)
        assert await self.continue_(pool, event) == 1

    async def test_another_links_page_is_not_this_clicks(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        event = await self.click(pool, acme, Fact.INTERSTITIAL_SHOWN)
        await self.continue_(pool, event, link_id=8)
        assert (await self.read(acme, event))["interstitial"] == {"continuedAt": None}

    async def test_a_click_that_was_redirected_has_none(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        assert (await self.read(acme, await self.click(pool, acme, 0)))["interstitial"] is None
