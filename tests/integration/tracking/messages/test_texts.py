"""What recipients read: their own links, or what is missing."""

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.messaging import (
    for_contacts,
    for_creators,
    make_contacts,
    make_message,
    note_message,
    read_plain_texts,
    read_texts,
)
from tracking.accounts.models import Account
from tracking.campaigns.models import Stage
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.creators.models import Creator
from tracking.links.models import Link, LinkKind
from tracking.links.opt_out import read_opt_out
from tracking.messages.preparing import prepare_recipients
from tracking.messages.wording import MissingReason, MissingTag
from tracking.offers.models import Offer
from tracking.settings import Settings

HOST = "http://acme.localhost"


async def make_offer(account: Account) -> Offer:
    return await Offer.create(account_id=account.id, name="Gift", destination_url="https://brand.example/gift")


async def join_campaign(account: Account, stage: Stage = Stage.ACCEPTED) -> tuple[int, Creator]:
    """A campaign that has a deliverable, and a creator in it."""
    campaign = await make_campaign(account)
    creator = await make_creator(account, "ada")
    await make_deliverable(account, campaign)
    await join(account, campaign, [creator], stage)
    return campaign.id, creator


async def archive(**which: object) -> None:
    await Link.filter(**which).update(archived_at=utc_now())


@pytest.mark.usefixtures("orm")
class TestContacts:
    @pytest.mark.feature("IM2", "TR1")
    async def test_each_reads_their_name_and_a_link_of_their_own(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        await make_offer(account)
        contacts = await make_contacts(account, 2)

        message = await make_message(account, "Hi {{ contact.name }}: {{ offers.gift }}", for_contacts(contacts))

        slugs = {
            link.contact_id: link.slug for link in await Link.filter(message_id=message.id, contact_id__isnull=False)
        }
        assert await read_plain_texts(pool, message, settings) == [
            f"Hi Contact 1: {HOST}/{slugs[contacts[0].id]}",
            f"Hi Contact 2: {HOST}/{slugs[contacts[1].id]}",
        ]

    async def test_nobody_reads_anything_before_the_links_are_made(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        await make_offer(account)
        message = await note_message(account, "{{ offers.gift }}", for_contacts(await make_contacts(account, 1)))

        assert await read_plain_texts(pool, message, settings) == [None]

    @pytest.mark.feature("TR1")
    async def test_plain_addresses_become_links_when_asked(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 1)
        template = f"Go: https://brand.example/a. Or {HOST}/short, or mailto:ada@brand.example"

        tracked = await make_message(account, template, for_contacts(contacts), tracks_plain_urls=True)
        left = await make_message(account, template, for_contacts(contacts))

        link = await Link.get(message_id=tracked.id, contact_id=contacts[0].id)
        assert (link.destination_url, link.label) == ("https://brand.example/a", "url_1")
        expected = template.replace("https://brand.example/a", f"{HOST}/{link.slug}")
        assert await read_plain_texts(pool, tracked, settings) == [expected]
        assert await read_plain_texts(pool, left, settings) == [template]

    async def test_a_host_that_redirects_by_now_moves_no_link(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        template = "https://later.localhost/a https://brand.example/b"
        contacts = await make_contacts(account, 1)
        message = await make_message(account, template, for_contacts(contacts), tracks_plain_urls=True)
        before = await read_plain_texts(pool, message, settings)

        await make_brand("later")

        assert await read_plain_texts(pool, message, settings) == before

    @pytest.mark.feature("TR24")
    async def test_the_opt_out_address_is_signed_and_no_link(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 1)
        stop = "https://brand.example/stop"

        message = await make_message(account, "{{ opt_out }}", for_contacts(contacts), opt_out_url=stop)

        [text] = await read_plain_texts(pool, message, settings)
        assert text is not None
        prefix, token = text.split("/o/")
        assert prefix == HOST
        assert read_opt_out(settings.click_token_keys, token) == stop
        assert await Link.filter(message_id=message.id).count() == 0

    @pytest.mark.feature("IM13")
    async def test_a_contact_without_share_link_is_reported(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        message = await make_message(account, "{{ contact.share_link }}", for_contacts(await make_contacts(account, 1)))

        [text] = await read_texts(pool, message, settings)
        assert text.wording is not None
        assert text.wording.text is None
        assert text.wording.missing == [MissingTag("contact.share_link", MissingReason.NO_SHARE_LINK)]

    @pytest.mark.feature("TR24", "R9")
    async def test_the_opt_out_address_is_left_alone_where_plain_addresses_are_tracked(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 1)
        template = "STOP: https://brand.example/stop?l=1 or https://brand.example/shop"
        message = await make_message(
            account,
            template,
            for_contacts(contacts),
            tracks_plain_urls=True,
            opt_out_url="https://brand.example/stop?l=1",
        )

        [text] = await read_plain_texts(pool, message, settings)

        assert text is not None
        assert text.startswith("STOP: https://brand.example/stop?l=1 or http")
        assert "https://brand.example/shop" not in text

    async def test_names_are_escaped_in_html(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        contact = await Contact.create(account_id=account.id, external_id="x", name="<b>Ada")

        message = await make_message(account, "<p>{{ contact.name }}", for_contacts([contact]), is_html=True)

        assert await read_plain_texts(pool, message, settings) == ["<p>&lt;b&gt;Ada"]


@pytest.mark.usefixtures("orm")
class TestCreators:
    @pytest.mark.feature("LS3", "LS9", "V6")
    async def test_a_creator_reads_their_own_link_and_the_same_one_twice(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        campaign_id, creator = await join_campaign(account)
        template = "Hi {{ creator.name }}: {{ links.shop }}"

        first = await make_message(account, template, for_creators(creator), campaign_id=campaign_id)
        second = await make_message(account, template, for_creators(creator), campaign_id=campaign_id)

        link = await Link.get(creator_id=creator.id, kind=LinkKind.CAMPAIGN)
        assert await read_plain_texts(pool, first, settings) == [f"Hi ada: {HOST}/{link.slug}"]
        assert await read_plain_texts(pool, second, settings) == [f"Hi ada: {HOST}/{link.slug}"]

    @pytest.mark.feature("LS3")
    async def test_preparing_makes_the_link_of_a_deliverable_that_came_late(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        campaign = await make_campaign(account)
        creator = await make_creator(account)
        await join(account, campaign, [creator], Stage.ACTIVE)
        await make_deliverable(account, campaign)
        assert not await Link.filter(creator_id=creator.id).exists()

        message = await make_message(account, "{{ links.shop }}", for_creators(creator), campaign_id=campaign.id)

        link = await Link.get(creator_id=creator.id)
        assert (link.kind, link.campaign_id) == (LinkKind.CAMPAIGN, campaign.id)
        assert await read_plain_texts(pool, message, settings) == [f"{HOST}/{link.slug}"]

    @pytest.mark.feature("LS3", "LS7")
    async def test_an_archived_link_is_reported_and_never_made_again(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        campaign_id, creator = await join_campaign(account)
        await archive(creator_id=creator.id)

        message = await make_message(account, "{{ links.shop }}", for_creators(creator), campaign_id=campaign_id)

        [text] = await read_texts(pool, message, settings)
        assert text.wording is not None
        assert text.wording.text is None
        assert text.wording.missing == [MissingTag("links.shop", MissingReason.ARCHIVED)]
        assert await Link.filter(creator_id=creator.id).count() == 1

    async def test_a_creator_who_only_applied_has_none(self, pool: asyncpg.Pool, settings: Settings) -> None:
        account = await make_brand()
        campaign_id, creator = await join_campaign(account, Stage.APPLIED)

        message = await make_message(account, "{{ links.shop }}", for_creators(creator), campaign_id=campaign_id)

        [text] = await read_texts(pool, message, settings)
        assert text.wording is not None
        assert text.wording.missing == [MissingTag("links.shop", MissingReason.NOT_PROMOTED)]

    @pytest.mark.feature("LS10", "V6")
    async def test_all_tracking_links_are_those_of_campaigns_and_the_creators_own_that_work(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        _, creator = await join_campaign(account)
        await make_link(account, creator, slug="bio", label="Bio")
        await make_link(account, creator, slug="old", label="Old")
        await archive(slug="old")
        await make_link(account, await make_creator(account), slug="other")
        shop = await Link.get(creator_id=creator.id, kind=LinkKind.CAMPAIGN)

        message = await make_message(account, "{{ all_tracking_links }}", for_creators(creator))

        assert await read_plain_texts(pool, message, settings) == [f"Shop: {HOST}/{shop.slug}\nBio: {HOST}/bio"]

    async def test_an_offer_gets_a_link_of_the_creator_in_the_message(
        self, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        account = await make_brand()
        offer = await make_offer(account)
        creator = await make_creator(account)

        message = await make_message(account, "{{ offers.gift }}", for_creators(creator))
        await prepare_recipients(message.id)

        link = await Link.get(message_id=message.id, creator_id=creator.id)
        assert (link.kind, link.offer_id, link.contact_id) == (LinkKind.RECIPIENT, offer.id, None)
        assert await read_plain_texts(pool, message, settings) == [f"{HOST}/{link.slug}"]
