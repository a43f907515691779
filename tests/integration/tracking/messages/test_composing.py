"""What a message may hold: known tags, offers and owners of this account, for recipients who have values for them."""

from typing import Any

import asyncpg
import pytest

from tests.brand import make_brand, make_campaign, make_creator, make_deliverable
from tests.messaging import for_contacts, for_creators, make_contacts, note_message
from tracking.accounts.models import Account, User
from tracking.clock import utc_now
from tracking.creatives.models import Creative
from tracking.errors import ArchivedError, DomainError, IdempotencyConflictError, InvalidInputError, NotFoundError
from tracking.history.models import HistoryEntry
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link, LinkKind, SystemLinkKind
from tracking.messages.composing import Draft, SlotOffer
from tracking.messages.models import Channel, Message, MessageSlot, MessageStatus
from tracking.messages.recipients import Audience
from tracking.messages.service import NewMessage, add_message_recipients, prepare_message
from tracking.messages.tags import list_insertable_links
from tracking.offers.models import Offer


async def make_custom_link(account: Account, label: str) -> Link:
    return await create_link(account.id, NewLink(None, "https://brand.example/custom", label=label))


async def make_offer(account: Account, name: str = "Gift", **fields: Any) -> Offer:
    return await Offer.create(account_id=account.id, name=name, destination_url="https://brand.example/gift", **fields)


async def refuse(account: Account, template: str, audience: Audience | None = None, **draft: Any) -> DomainError:
    with pytest.raises(DomainError) as refusal:
        await note_message(account, template, audience, **draft)
    assert not await Message.exists()
    assert not await Link.filter(kind=LinkKind.RECIPIENT).exists()
    return refusal.value


@pytest.mark.usefixtures("orm")
class TestTags:
    @pytest.mark.parametrize(
        ("template", "says"),
        [
            ("Hi\n {{ creator.email }}", "{{ creator.email }} at 2:2 is not a merge tag"),
            ("{{ links.nothing }}", "{{ links.nothing }} at 1:1 stands for nothing: it needs the message's campaign"),
            ("{{ custom_links.nothing }}", "{{ custom_links.nothing }} at 1:1 stands for nothing"),
            ("{{ opt_out }}", "{{ opt_out }} at 1:1 needs optOutUrl"),
            ("{{ system_links.action_page }}", "{{ system_links.action_page }} at 1:1 needs actionPageUrl"),
            (
                "{{ contact.name }} {{ creator.name }}",
                "{{ creator.name }} at 1:20 does not go with {{ contact.name }}: a recipient is a contact or a creator",
            ),
        ],
    )
    async def test_a_tag_without_value_is_refused_with_its_place(self, template: str, says: str) -> None:
        error = await refuse(await make_brand(), template)

        assert (type(error), error.message, error.path) == (InvalidInputError, says, ("template",))

    async def test_tags_that_the_recipients_have_no_value_for_are_refused(self) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 1)
        creator = await make_creator(account)

        for_a_contact = await refuse(account, "{{ all_tracking_links }}", for_contacts(contacts))
        for_a_creator = await refuse(account, "{{ contact.name }}", for_creators(creator))

        assert for_a_contact.message == "{{ all_tracking_links }} at 1:1 has no value for a contact"
        assert for_a_creator.message == "{{ contact.name }} at 1:1 has no value for a creator"

    @pytest.mark.feature("IM15")
    async def test_a_page_that_is_opened_has_no_recipients(self) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 1)

        named = await refuse(account, "Hi", for_contacts(contacts), channel=Channel.OPEN_WEBPAGE)
        tagged = await refuse(account, "{{ contact.name }}", channel=Channel.OPEN_WEBPAGE)

        assert named.path == ("recipients",)
        assert tagged.message.endswith("needs a recipient, and a page that is opened has none")

    @pytest.mark.feature("IM15")
    async def test_it_is_prepared_at_once_with_links_to_copy(self) -> None:
        account = await make_brand()
        await make_offer(account)

        message = await note_message(account, "{{ offers.gift }}", channel=Channel.OPEN_WEBPAGE)

        assert (message.status, message.recipients) == (MessageStatus.PREPARED, 0)
        assert await Link.filter(message_id=message.id, slot=1, contact_id=None).count() == 1
        with pytest.raises(InvalidInputError, match="no recipients"):
            await add_message_recipients(account.id, message.id, Audience(every_contact=True))

    async def test_too_many_links_are_refused(self) -> None:
        urls = " ".join(f"https://brand.example/{number}" for number in range(21))

        assert (await refuse(await make_brand(), urls, tracks_plain_urls=True)).message == (
            "a message has at most 20 different links"
        )

    @pytest.mark.feature("IM1")
    async def test_the_action_page_has_a_link_to_copy_and_one_for_each_place(self) -> None:
        account = await make_brand()

        message = await note_message(
            account, "{{ system_links.action_page }}", action_page_url="https://brand.example/act"
        )

        links = await Link.filter(message_id=message.id).order_by("id")
        assert [(link.kind, link.system_kind, link.destination_url) for link in links] == [
            (LinkKind.SYSTEM, SystemLinkKind.ACTION_PAGE, "https://brand.example/act"),
            (LinkKind.RECIPIENT, None, "https://brand.example/act"),
        ]


@pytest.mark.usefixtures("orm")
class TestOwners:
    async def test_what_belongs_to_another_account_answers_as_unknown(self) -> None:
        account, other = await make_brand(), await make_brand("other")
        campaign = await make_campaign(other)
        creative = await Creative.create(account_id=other.id, name="Blue")
        user = await User.create(account_id=other.id, name="Uma")
        offer = await make_offer(other)
        [contact] = await make_contacts(other, 1)

        refused = [
            await refuse(account, "Hi", campaign_id=campaign.id),
            await refuse(account, "Hi", creative_id=creative.id),
            await refuse(account, "Hi", sharer_id=user.id),
            await refuse(account, "https://a.example", tracks_plain_urls=True, offers=(SlotOffer("url_1", offer.id),)),
            await refuse(account, "Hi", for_contacts([contact])),
            await refuse(account, "Hi", Audience(contact_external_ids=("c1",))),
            await refuse(account, "Hi", for_creators(await make_creator(other))),
        ]

        assert [(type(error), error.path) for error in refused] == [
            (NotFoundError, ("campaignId",)),
            (NotFoundError, ("creativeId",)),
            (NotFoundError, ("sharerId",)),
            (NotFoundError, ("offers", "0", "offerId")),
            (NotFoundError, ("recipients", "contactIds", "0")),
            (NotFoundError, ("recipients", "contactExternalIds", "0")),
            (NotFoundError, ("recipients", "creatorIds", "0")),
        ]

    async def test_what_is_archived_is_not_used(self) -> None:
        account = await make_brand()
        creative = await Creative.create(account_id=account.id, name="Blue", archived_at=utc_now())
        offer = await make_offer(account, archived_at=utc_now())

        assert type(await refuse(account, "Hi", creative_id=creative.id)) is ArchivedError
        assert (await refuse(account, "{{ offers.gift }}")).message == "{{ offers.gift }} at 1:1 stands for nothing"
        bound = (SlotOffer("url_1", offer.id),)
        error = await refuse(account, "https://a.example", tracks_plain_urls=True, offers=bound)
        assert (type(error), error.path) == (ArchivedError, ("offers", "0", "offerId"))

    async def test_an_offer_needs_a_link_of_the_text(self) -> None:
        account = await make_brand()
        offer = await make_offer(account)

        error = await refuse(account, "Hi", offers=(SlotOffer("url_1", offer.id),))

        assert error.path == ("offers", "0", "tag")

    async def test_the_same_key_prepares_one_message(self) -> None:
        account = await make_brand()
        given = NewMessage("News", Draft("Hi", channel=Channel.EMAIL))

        first = await prepare_message(account.id, given, idempotency_key="k")
        second = await prepare_message(account.id, given, idempotency_key="k")

        assert first.id == second.id
        assert await Message.filter(account_id=account.id).count() == 1
        with pytest.raises(IdempotencyConflictError):
            await prepare_message(account.id, given._replace(variant="B"), idempotency_key="k")

    async def test_history_says_who_was_asked_for(self) -> None:
        account = await make_brand()
        contacts = await make_contacts(account, 2)
        message = await note_message(account, "Hi")

        await add_message_recipients(account.id, message.id, for_contacts(contacts))

        rows = await HistoryEntry.filter(subject_type="Message", subject_id=message.id).order_by("id")
        assert [(row.action, row.after) for row in rows] == [
            ("CREATED", {"name": "News", "channel": "BROADCAST_SMS", "template": "Hi"}),
            ("ADDED_RECIPIENTS", {"contactIds": 2}),
        ]


@pytest.mark.usefixtures("orm")
class TestInsertableLinks:
    @pytest.mark.feature("LS9", "IM10")
    async def test_links_of_every_kind_have_tags_by_their_names(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        campaign = await make_campaign(account)
        await make_deliverable(account, campaign)
        await make_custom_link(account, "Summer Sale! 2026")
        await make_offer(account)
        await make_deliverable(account, await make_campaign(account, "Winter"))
        await make_custom_link(await make_brand("other"), "Foreign")

        found = await list_insertable_links(pool, account.id, campaign_id=campaign.id)
        custom = await list_insertable_links(pool, account.id, kinds=[LinkKind.CUSTOM], search="SALE")

        assert [(tag.tag, tag.kind, tag.destination_url) for tag in found] == [
            ("all_tracking_links", LinkKind.CREATOR, None),
            ("system_links.action_page", LinkKind.SYSTEM, None),
            ("contact.share_link", LinkKind.SYSTEM, None),
            ("links.shop", LinkKind.CAMPAIGN, "https://brand.example/summer"),
            ("custom_links.summer_sale_2026", LinkKind.CUSTOM, "https://brand.example/custom"),
            ("offers.gift", LinkKind.RECIPIENT, "https://brand.example/gift"),
        ]
        assert [tag.tag for tag in custom] == ["custom_links.summer_sale_2026"]

    @pytest.mark.feature("IM10")
    async def test_every_tag_that_is_offered_can_be_inserted_together(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        campaign = await make_campaign(account)
        await make_deliverable(account, campaign)
        await make_custom_link(account, "Sale")
        await make_custom_link(account, "店")
        await make_offer(account)
        kinds = [LinkKind.CAMPAIGN, LinkKind.CUSTOM, LinkKind.RECIPIENT]
        tags = [tag.tag for tag in await list_insertable_links(pool, account.id, campaign_id=campaign.id, kinds=kinds)]

        message = await note_message(account, " ".join(f"{{{{ {tag} }}}}" for tag in tags), campaign_id=campaign.id)

        slots = await MessageSlot.filter(message_id=message.id).order_by("number")
        assert [slot.tag for slot in slots] == tags
        assert tags == ["links.shop", "custom_links.sale", "custom_links.link", "offers.gift"]

    async def test_a_tag_never_comes_to_mean_another_thing(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        first = await make_custom_link(account, "Sale")
        second = await make_custom_link(account, "SALE?")
        kinds = [LinkKind.CUSTOM]
        before = await list_insertable_links(pool, account.id, kinds=kinds)

        await Link.filter(id=first.id).update(archived_at=utc_now())

        assert {tag.tag: tag.link_id for tag in before} == {
            "custom_links.sale": first.id,
            "custom_links.sale__2": second.id,
        }
        after = await list_insertable_links(pool, account.id, kinds=kinds)
        assert [(tag.tag, tag.link_id) for tag in after] == [("custom_links.sale__2", second.id)]
        assert (await refuse(account, "{{ custom_links.sale }}")).message.endswith("stands for nothing")
