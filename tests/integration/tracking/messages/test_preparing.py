"""Recipients get their links exactly once, whatever is killed and however many workers are at it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from tests.brand import make_brand, make_campaign, make_deliverable
from tests.messaging import for_contacts, make_contacts, make_message, note_message
from tracking.accounts.models import Account, User
from tracking.clock import utc_now
from tracking.contacts.models import Contact
from tracking.domains.models import TrackingDomain
from tracking.links.models import Link, LinkKind
from tracking.messages import preparing
from tracking.messages.composing import SlotOffer
from tracking.messages.minting import mint_recipient_links
from tracking.messages.models import Message, MessageRecipient, MessageStatus
from tracking.messages.preparing import find_message_in_preparation, prepare_recipients
from tracking.messages.recipients import Audience
from tracking.messages.service import add_message_recipients
from tracking.offers.models import Offer

TWO_LINKS = "{{ offers.bundle }} {{ offers.gift }}"


async def make_offers(account: Account) -> list[Offer]:
    return [
        await Offer.create(account_id=account.id, name=name, destination_url=f"https://brand.example/{name.lower()}")
        for name in ("Bundle", "Gift")
    ]


async def list_keys(message: Message) -> list[tuple[int, int]]:
    """Contact and slot of each link that is a contact's."""
    links = await Link.filter(message_id=message.id, contact_id__isnull=False).order_by("contact_id", "slot")
    return [(link.contact_id or 0, link.slot or 0) for link in links]


def expect_keys(contacts: list[Contact]) -> list[tuple[int, int]]:
    return [(contact.id, slot) for contact in contacts for slot in (1, 2)]


@pytest.mark.usefixtures("orm")
class TestLinks:
    @pytest.mark.feature("TR4", "TR5", "IM2", "IM11")
    async def test_each_recipient_gets_a_link_for_each_place(self) -> None:
        account = await make_brand()
        offers = await make_offers(account)
        contacts = await make_contacts(account, 2)
        user = await User.create(account_id=account.id, name="Uma")

        message = await make_message(account, TWO_LINKS, for_contacts(contacts), sharer_id=user.id)

        assert (message.status, message.recipients, message.prepared) == (MessageStatus.PREPARED, 2, 2)
        links = await Link.filter(message_id=message.id, contact_id=contacts[0].id).order_by("slot")
        assert [
            (link.kind, link.slot, link.offer_id, link.destination_url, link.label, link.sharer_id) for link in links
        ] == [
            (LinkKind.RECIPIENT, 1, offers[0].id, "https://brand.example/bundle", "offers.bundle", user.id),
            (LinkKind.RECIPIENT, 2, offers[1].id, "https://brand.example/gift", "offers.gift", user.id),
        ]
        assert {len(link.slug) for link in links} == {7}
        assert await list_keys(message) == expect_keys(contacts)

    @pytest.mark.feature("TR4")
    async def test_a_link_of_the_campaign_can_be_bound_to_an_offer_as_well(self) -> None:
        account = await make_brand()
        campaign = await make_campaign(account)
        await make_deliverable(account, campaign)
        [offer, _] = await make_offers(account)
        contacts = await make_contacts(account, 1)
        bound = (SlotOffer("links.shop", offer.id),)

        message = await make_message(
            account, "{{ links.shop }}", for_contacts(contacts), campaign_id=campaign.id, offers=bound
        )

        link = await Link.get(message_id=message.id, contact_id=contacts[0].id)
        assert (link.offer_id, link.campaign_id) == (offer.id, campaign.id)
        assert link.destination_url == "https://brand.example/summer"

    @pytest.mark.feature("IM3")
    async def test_every_place_has_one_link_to_copy_that_names_nobody(self) -> None:
        account = await make_brand()
        await make_offers(account)

        message = await make_message(account, TWO_LINKS)

        links = await Link.filter(message_id=message.id).order_by("slot")
        assert [(link.slot, link.contact_id, link.creator_id) for link in links] == [(1, None, None), (2, None, None)]
        assert message.status is MessageStatus.PREPARED

    async def test_a_link_that_changes_later_does_not_reach_those_that_were_made(self) -> None:
        account = await make_brand()
        [offer, _] = await make_offers(account)
        message = await note_message(account, "{{ offers.bundle }}", for_contacts(await make_contacts(account, 1)))
        await Offer.filter(id=offer.id).update(destination_url="https://elsewhere.example/")

        await prepare_recipients(message.id)

        links = await Link.filter(message_id=message.id)
        assert {link.destination_url for link in links} == {"https://brand.example/bundle"}


@pytest.mark.usefixtures("orm")
class TestExactlyOnce:
    @pytest.mark.parametrize("killed_in", range(1, 5))
    async def test_what_was_killed_half_way_goes_on(self, monkeypatch: pytest.MonkeyPatch, killed_in: int) -> None:
        """The third batch dies before it marks anybody, again and again at another place."""
        account = await make_brand()
        await make_offers(account)
        contacts = await make_contacts(account, 10)
        message = await note_message(account, TWO_LINKS, Audience(every_contact=True))
        monkeypatch.setattr(preparing, "CONTACTS_A_BATCH", 3)
        monkeypatch.setattr(preparing, "LINKS_A_BATCH", 4)
        monkeypatch.setattr(preparing, "mint_recipient_links", die_in_call(killed_in, mint_recipient_links))

        with pytest.raises(ConnectionResetError):
            await prepare_recipients(message.id)
        half_way = await Message.get(id=message.id)
        assert half_way.status is MessageStatus.PREPARING
        assert half_way.prepared == await MessageRecipient.filter(message_id=message.id, is_prepared=True).count()
        assert len(await list_keys(message)) == half_way.prepared * 2
        await prepare_recipients(message.id)

        done = await Message.get(id=message.id)
        assert (done.status, done.recipients, done.prepared) == (MessageStatus.PREPARED, 10, 10)
        assert await list_keys(message) == expect_keys(contacts)

    async def test_a_second_run_makes_nothing(self) -> None:
        account = await make_brand()
        await make_offers(account)
        message = await make_message(account, TWO_LINKS, for_contacts(await make_contacts(account, 3)))
        before = await Link.all().order_by("id").values()

        assert await prepare_recipients(message.id) == 0

        assert await Link.all().order_by("id").values() == before

    async def test_four_workers_at_once_make_each_link_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        account = await make_brand()
        await make_offers(account)
        contacts = await make_contacts(account, 60)
        message = await note_message(account, TWO_LINKS, Audience(every_contact=True))
        monkeypatch.setattr(preparing, "CONTACTS_A_BATCH", 7)
        monkeypatch.setattr(preparing, "LINKS_A_BATCH", 6)

        prepared = await asyncio.gather(*(prepare_recipients(message.id) for _ in range(4)))

        assert sum(prepared) == 60
        done = await Message.get(id=message.id)
        assert (done.status, done.recipients, done.prepared) == (MessageStatus.PREPARED, 60, 60)
        assert await list_keys(message) == expect_keys(contacts)
        positions = await MessageRecipient.filter(message_id=message.id).order_by("position").values_list("position")
        assert [position for (position,) in positions] == list(range(1, 61))

    async def test_slugs_that_are_taken_are_made_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        account = await make_brand()
        await make_offers(account)
        contacts = await make_contacts(account, 2)
        letters = iter("a" * 21 + "b" * 7 + "a" * 7 + "c" * 7 + "b" * 7 + "d" * 7)
        monkeypatch.setattr("secrets.choice", lambda _: next(letters))

        message = await make_message(account, "{{ offers.gift }}", for_contacts(contacts))

        made = await Link.filter(message_id=message.id).order_by("slug").values_list("slug", flat=True)
        assert len(set(made)) == 3
        assert message.prepared == 2


@pytest.mark.usefixtures("orm")
class TestResuming:
    async def test_a_message_whose_job_was_lost_is_found_until_it_is_prepared(self) -> None:
        account = await make_brand()
        await make_offers(account)
        message = await note_message(account, TWO_LINKS, for_contacts(await make_contacts(account, 1)))

        assert await find_message_in_preparation(0) == message.id
        assert await find_message_in_preparation(message.id) is None
        await prepare_recipients(message.id)
        assert await find_message_in_preparation(0) is None

    async def test_a_call_stops_after_so_many_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        account = await make_brand()
        await make_offers(account)
        message = await note_message(account, TWO_LINKS, for_contacts(await make_contacts(account, 5)))
        monkeypatch.setattr(preparing, "LINKS_A_BATCH", 2)

        assert await prepare_recipients(message.id, max_batches=2) == 2
        assert (await Message.get(id=message.id)).status is MessageStatus.PREPARING

    async def test_an_archived_domain_fails_the_message_and_says_so(self) -> None:
        account = await make_brand()
        await make_offers(account)
        message = await note_message(account, TWO_LINKS, for_contacts(await make_contacts(account, 1)))
        await TrackingDomain.filter(account_id=account.id).update(archived_at=utc_now())

        assert await prepare_recipients(message.id) == 0

        failed = await Message.get(id=message.id)
        assert failed.status is MessageStatus.FAILED
        assert failed.failure == "acme.localhost was archived before all links were made"

    async def test_recipients_who_are_added_later_are_prepared_too(self) -> None:
        account = await make_brand()
        await make_offers(account)
        contacts = await make_contacts(account, 4)
        message = await make_message(account, TWO_LINKS, for_contacts(contacts[:2]))

        await add_message_recipients(account.id, message.id, for_contacts(contacts[1:]))
        assert (await Message.get(id=message.id)).status is MessageStatus.PREPARING
        await prepare_recipients(message.id)

        assert (await Message.get(id=message.id)).prepared == 4
        assert await list_keys(message) == expect_keys(contacts)

    async def test_every_contact_means_those_of_that_moment_and_of_this_account(self) -> None:
        account = await make_brand()
        await make_offers(account)
        contacts = await make_contacts(account, 2)
        message = await note_message(account, TWO_LINKS, Audience(every_contact=True))
        await make_contacts(await make_brand("other"), 2)
        await Contact.create(account_id=account.id, external_id="late")

        await prepare_recipients(message.id)

        assert await list_keys(message) == expect_keys(contacts)


def die_in_call(number: int, work: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    calls = iter(range(1, 1_000))

    async def run(connection: BaseDBAsyncClient, *arguments: Any) -> Any:
        result = await work(connection, *arguments)
        if next(calls) == number:
            raise ConnectionResetError
        return result

    return run
