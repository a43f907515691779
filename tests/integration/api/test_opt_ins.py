"""A campaign's opt-in link: impressions, direct clicks, and those of links that contacts passed on."""

from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_campaign
from tests.clicking import BOT, DAY_MS, make_event, store
from tests.integration.api.conftest import Tenant
from tests.outcomes import show
from tracking.campaigns.models import Campaign
from tracking.campaigns.rules import CampaignFields
from tracking.campaigns.service import create_campaign
from tracking.clock import now_ms
from tracking.contacts.rules import GivenContact
from tracking.contacts.service import upsert_contacts
from tracking.links.models import Link, SystemLinkKind
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("IM13")

JOIN_US = "https://brand.example/join-us"
READ = """
    query ($id: ID!, $range: DateRange) {
        node(id: $id) {
            ... on Campaign {
                optIns(range: $range) {
                    direct { totalClicks countedClicks uniqueClicks impressions }
                    referral { totalClicks countedClicks uniqueClicks contacts }
                }
            }
        }
    }
"""


@pytest.fixture
async def campaign(acme: Tenant) -> Campaign:
    return await create_campaign(acme.account.id, CampaignFields("Summer", opt_in_url=JOIN_US))


async def share(tenant: Tenant, external_id: str, url: str) -> Link:
    """The contact's own link to pass on."""
    [made] = await upsert_contacts(tenant.account.id, [GivenContact(external_id, {"share_url": url})])
    return await Link.get(referring_contact_id=made.contact_id)


async def click(pool: asyncpg.Pool, link: Link, **changes: Any) -> None:
    given = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": None, **changes}
    await store(pool, make_event(link.account_id, **given), backfill=True)


async def read(tenant: Tenant, campaign: Campaign, **given: Any) -> Any:
    return (await tenant.ask(READ, id=encode_id("Campaign", campaign.id), **given))["node"]["optIns"]


class TestKeptApart:
    async def test_impressions_direct_clicks_and_referred_ones(
        self, acme: Tenant, campaign: Campaign, pool: asyncpg.Pool
    ) -> None:
        opt_in = await Link.get(campaign_id=campaign.id, system_kind=SystemLinkKind.OPT_IN)
        ada, bob, eve = [await share(acme, name, JOIN_US) for name in ("ada", "bob", "eve")]
        elsewhere = await share(acme, "joe", "https://brand.example/elsewhere")
        await show(pool, acme.account.id, 7, link_id=opt_in.id, campaign_id=campaign.id)
        for visitor in (1, 2, 2):
            await click(pool, opt_in, visitor=visitor)
        for link, visitor in ((ada, 3), (ada, 3), (bob, 4), (elsewhere, 5)):
            await click(pool, link, visitor=visitor)
        await click(pool, eve, visitor=6, user_agent=BOT)
        await fold_all(pool)

        assert await read(acme, campaign) == {
            "direct": {"totalClicks": 3, "countedClicks": 3, "uniqueClicks": 2, "impressions": 7},
            "referral": {"totalClicks": 4, "countedClicks": 3, "uniqueClicks": 2, "contacts": 2},
        }

    async def test_a_range_is_of_both(self, acme: Tenant, campaign: Campaign, pool: asyncpg.Pool) -> None:
        opt_in = await Link.get(campaign_id=campaign.id, system_kind=SystemLinkKind.OPT_IN)
        ada = await share(acme, "ada", JOIN_US)
        for link in (opt_in, ada):
            await click(pool, link, at_ms=now_ms() - 3 * DAY_MS)
            await click(pool, link)
        await fold_all(pool)

        told = await read(acme, campaign, range={"preset": "TODAY"})

        assert (told["direct"]["totalClicks"], told["referral"]["totalClicks"]) == (1, 1)

    async def test_without_an_opt_in_link_there_is_nothing_to_tell(self, acme: Tenant) -> None:
        assert await read(acme, await make_campaign(acme.account)) is None

    async def test_links_of_another_account_to_the_same_page_are_none_of_it(
        self, acme: Tenant, other: Tenant, campaign: Campaign, pool: asyncpg.Pool
    ) -> None:
        await click(pool, await share(other, "ada", JOIN_US))
        await fold_all(pool)

        assert (await read(acme, campaign))["referral"]["totalClicks"] == 0
