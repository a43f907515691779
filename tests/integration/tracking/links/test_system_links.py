import asyncio
from contextvars import copy_context

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from tests.brand import make_brand, make_campaign
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign
from tracking.contacts.models import Contact
from tracking.events.outbox import EventKind
from tracking.links.models import Link, LinkKind, SystemLinkKind
from tracking.links.service import Replacement, archive_link
from tracking.links.system import make_share_links, set_action_page_link, set_campaign_link
from tracking.messages.models import Channel, Message

JOIN = SystemLinkKind.CAMPAIGN_JOIN


async def set_join_link(campaign: Campaign, url: str | None) -> None:
    async with in_transaction() as connection:
        await Campaign.select_for_update().get(id=campaign.id)
        await set_campaign_link(connection, campaign, JOIN, url)


async def share(account: Account, *contacts: Contact) -> None:
    async with in_transaction() as connection:
        await make_share_links(connection, account.id, [contact.id for contact in contacts])


async def make_contact(account: Account, external_id: str, share_url: str | None) -> Contact:
    return await Contact.create(account_id=account.id, external_id=external_id, share_url=share_url)


@pytest.mark.usefixtures("orm")
class TestOfCampaigns:
    @pytest.mark.feature("IM1", "IM4")
    async def test_a_campaign_has_one_of_each_kind(self) -> None:
        campaign = await make_campaign(await make_brand(), "Summer")

        await set_join_link(campaign, "https://brand.example/join")
        async with in_transaction() as connection:
            await set_campaign_link(connection, campaign, SystemLinkKind.OPT_IN, "https://brand.example/opt-in")

        links = {link.system_kind: link for link in await Link.filter(campaign_id=campaign.id)}
        assert {kind: link.destination_url for kind, link in links.items()} == {
            SystemLinkKind.CAMPAIGN_JOIN: "https://brand.example/join",
            SystemLinkKind.OPT_IN: "https://brand.example/opt-in",
        }
        assert {link.kind for link in links.values()} == {LinkKind.SYSTEM}
        assert links[JOIN].label == "Summer"

    async def test_another_url_leads_the_same_link_there_and_tells_redirectors(self, pool: asyncpg.Pool) -> None:
        campaign = await make_campaign(await make_brand())
        await set_join_link(campaign, "https://brand.example/join")
        first = await Link.get(campaign_id=campaign.id)

        await set_join_link(campaign, "https://brand.example/come")

        link = await Link.get(campaign_id=campaign.id)
        assert (link.id, link.destination_url) == (first.id, "https://brand.example/come")
        assert await pool.fetchval("SELECT count(*) FROM change_log WHERE ref_id = $1", link.id) == 2
        history = await pool.fetchrow("SELECT before, after FROM history_entry ORDER BY id DESC LIMIT 1")
        assert tuple(history) == (
            '{"destinationUrl": "https://brand.example/join"}',
            '{"destinationUrl": "https://brand.example/come"}',
        )

    async def test_the_same_url_changes_nothing(self, pool: asyncpg.Pool) -> None:
        campaign = await make_campaign(await make_brand())
        for _ in range(2):
            await set_join_link(campaign, "https://brand.example/join")

        assert await Link.all().count() == 1
        assert await pool.fetchval("SELECT count(*) FROM history_entry WHERE subject_type = 'Link'") == 1

    async def test_without_a_url_it_is_archived_and_a_later_one_makes_another(self, pool: asyncpg.Pool) -> None:
        campaign = await make_campaign(await make_brand())

        for url in ("https://brand.example/join", None, "https://brand.example/again"):
            await set_join_link(campaign, url)

        first, second = await Link.filter(campaign_id=campaign.id).order_by("id")
        assert (first.archived_at is None, second.archived_at is None) == (False, True)
        assert [tuple(row) for row in await pool.fetch("SELECT kind, entity_ids FROM event_outbox ORDER BY id")] == [
            (EventKind.LINK_CREATED, [first.id]),
            (EventKind.LINK_ARCHIVED, [first.id]),
            (EventKind.LINK_CREATED, [second.id]),
        ]

    async def test_parallel_calls_make_one(self) -> None:
        campaign = await make_campaign(await make_brand())

        await asyncio.gather(*(set_join_link(campaign, "https://brand.example/join") for _ in range(10)))

        assert await Link.all().count() == 1

    async def test_who_replaces_it_and_who_leads_it_elsewhere_wait_for_each_other_in_one_order(
        self, pool: asyncpg.Pool
    ) -> None:
        campaign = await make_campaign(await make_brand())
        await set_join_link(campaign, "https://brand.example/join")
        link = await Link.get()
        outside = copy_context()  # of the transaction below
        async with in_transaction() as connection:
            await Campaign.select_for_update().get(id=campaign.id)
            replacing = archive_link(campaign.account_id, link.id, replacement=Replacement())
            task = asyncio.create_task(replacing, context=outside)
            await eventually(lambda: pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"), bool)
            await set_campaign_link(connection, campaign, JOIN, "https://brand.example/elsewhere")
        await task

        assert (await Link.get(archived_at__isnull=True)).destination_url == "https://brand.example/elsewhere"


@pytest.mark.feature("IM4")
async def test_a_message_has_a_link_to_its_action_page(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    domain_id = await pool.fetchval("SELECT id FROM tracking_domain")
    message = await Message.create(
        account_id=account.id,
        name="Sale",
        channel=Channel.EMAIL,
        template="",
        domain_id=domain_id,
        action_page_url="https://brand.example/act",
    )

    for _ in range(2):
        async with in_transaction() as connection:
            await set_action_page_link(connection, message)

    link = await Link.get(message_id=message.id)
    assert (link.system_kind, link.destination_url) == (SystemLinkKind.ACTION_PAGE, "https://brand.example/act")
    assert (link.contact_id, link.slot, link.label) == (None, None, "Sale")


@pytest.mark.usefixtures("orm")
class TestOfContacts:
    @pytest.mark.feature("IM3", "IM4", "IM13")
    async def test_a_contact_with_a_url_gets_a_link_that_names_whom_to_credit_and_nobody_who_came(self) -> None:
        account = await make_brand()
        sharing = await make_contact(account, "c-1", "https://brand.example/friends")
        silent = await make_contact(account, "c-2", None)

        await share(account, sharing, silent)

        link = await Link.get()
        assert (link.referring_contact_id, link.contact_id, link.label) == (sharing.id, None, "c-1")
        assert link.system_kind is SystemLinkKind.SHARE

    async def test_links_follow_the_urls_of_their_contacts(self) -> None:
        account = await make_brand()
        contacts = [await make_contact(account, f"c-{n}", f"https://brand.example/{n}") for n in range(3)]
        await share(account, *contacts)
        await Contact.filter(id=contacts[0].id).update(share_url="https://brand.example/new")
        await Contact.filter(id=contacts[1].id).update(share_url=None)

        await share(account, *contacts)

        links = await Link.all().order_by("referring_contact_id")
        assert [(link.destination_url, link.archived_at is None) for link in links] == [
            ("https://brand.example/new", True),
            ("https://brand.example/1", False),
            ("https://brand.example/2", True),
        ]

    async def test_parallel_calls_make_one_link_each(self) -> None:
        account = await make_brand()
        contacts = [await make_contact(account, f"c-{n}", f"https://brand.example/{n}") for n in range(5)]

        await asyncio.gather(*(share(account, *order) for order in (contacts, contacts[::-1], contacts)))

        assert await Link.all().count() == 5

    @pytest.mark.feature("R11")
    async def test_a_contact_of_another_account_gets_none(self) -> None:
        own, other = await make_brand(), await make_brand("other")

        await share(own, await make_contact(other, "c-1", "https://brand.example/"))

        assert await Link.all().count() == 0
