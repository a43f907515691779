"""Messages over the graph: previewed, prepared, paged, delivered and counted."""

from typing import Any

import asyncpg
import pytest

from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.messaging import make_contacts
from tracking.campaigns.models import Stage
from tracking.links.models import Link
from tracking.messages.models import Message
from tracking.messages.preparing import prepare_recipients
from tracking.offers.models import Offer
from tracking.reports.fold import fold_all

PREVIEW = """
    mutation ($input: PreviewMessageInput!) {
        previewMessage(input: $input) {
            __typename
            ... on PreviewMessageSuccess { text links { tag url isPlaceholder } missing { tag reason } }
            ... on UserError { code path message }
        }
    }
"""
PREPARE = """
    mutation ($input: PrepareMessageInput!) {
        prepareMessage(input: $input) {
            __typename
            ... on PrepareMessageSuccess {
                preparedMessage { id status recipients slots { tag offer { name } } }
            }
            ... on UserError { code path message }
        }
    }
"""
TEXTS = """
    query ($id: ID!, $first: Int, $after: String, $filter: MessageTextFilter) {
        node(id: $id) {
            ... on Message {
                status
                sent { count basis }
                performance { clickRate { value numerator denominator } }
                totals { totalClicks uniqueClicks }
                slots { totals { totalClicks } }
                sharedText { text }
                texts(first: $first, after: $after, filter: $filter) {
                    nodes { text contact { externalId } links { tag url link { shortUrl contact { externalId } } } }
                    pageInfo { hasNextPage endCursor }
                }
            }
        }
    }
"""
ADD = """
    mutation ($input: AddMessageRecipientsInput!) {
        addMessageRecipients(input: $input) {
            ... on AddMessageRecipientsSuccess {
                preparedMessage { recipients status }
                items { index ok node { contact { externalId } } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
DELIVER = """
    mutation ($input: RecordDeliveriesInput!) {
        recordDeliveries(input: $input) {
            ... on RecordDeliveriesSuccess {
                preparedMessage { sent { count basis } }
                items { index ok node { externalId } errors { code path } }
            }
            ... on UserError { code path }
        }
    }
"""
GIFT = "Hi {{ contact.name }}: {{ offers.gift }}"


async def make_offer(tenant: Tenant) -> Offer:
    url = "https://brand.example/gift"
    return await Offer.create(account_id=tenant.account.id, name="Gift", destination_url=url)


async def prepare(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer = (await tenant.ask(PREPARE, input={"name": "News", **given}))["prepareMessage"]
    assert answer["__typename"] == "PrepareMessageSuccess", answer
    message: dict[str, Any] = answer["preparedMessage"]
    return message


async def prepare_for_contacts(tenant: Tenant, count: int) -> str:
    """The id of a message whose recipients have their links."""
    await make_offer(tenant)
    await make_contacts(tenant.account, count)
    message = await prepare(tenant, template=GIFT, recipients={"everyContact": True})
    await prepare_recipients((await Message.get(account_id=tenant.account.id)).id)
    message_id: str = message["id"]
    return message_id


class TestPreviews:
    @pytest.mark.feature("LS9")
    async def test_a_link_that_is_made_later_is_a_placeholder_and_nothing_is_made(self, acme: Tenant) -> None:
        await make_offer(acme)
        await make_contacts(acme.account, 1)
        contact_id = (await acme.ask("{ contacts { nodes { id } } }"))["contacts"]["nodes"][0]["id"]

        answer = (await acme.ask(PREVIEW, input={"template": GIFT, "contactId": contact_id}))["previewMessage"]

        url = answer["links"][0]["url"]
        assert url.endswith("/-------")
        assert answer["text"] == f"Hi Contact 1: {url}"
        assert answer["links"] == [{"tag": "offers.gift", "url": url, "isPlaceholder": True}]
        assert (await Link.all().count(), await Message.all().count()) == (0, 0)

    @pytest.mark.feature("LS9")
    async def test_a_creator_sees_the_link_that_is_there(self, acme: Tenant) -> None:
        campaign = await make_campaign(acme.account)
        await make_deliverable(acme.account, campaign)
        await join(acme.account, campaign, [await make_creator(acme.account)], Stage.ACCEPTED)
        ids = await acme.ask("{ creators { nodes { id } } campaigns { nodes { id } } links { nodes { shortUrl } } }")

        answer = await acme.ask(
            PREVIEW,
            input={
                "template": "{{ links.shop }}",
                "creatorId": ids["creators"]["nodes"][0]["id"],
                "campaignId": ids["campaigns"]["nodes"][0]["id"],
            },
        )

        url = ids["links"]["nodes"][0]["shortUrl"]
        assert answer["previewMessage"]["text"] == url
        assert answer["previewMessage"]["links"] == [{"tag": "links.shop", "url": url, "isPlaceholder": False}]

    async def test_an_unknown_tag_is_named_with_its_place(self, acme: Tenant) -> None:
        answer = (await acme.ask(PREVIEW, input={"template": "Hi\n{{ creator.email }}"}))["previewMessage"]

        assert answer["code"] == "INVALID_INPUT"
        assert answer["message"] == "{{ creator.email }} at 2:1 is not a merge tag"

    async def test_a_text_for_a_recipient_needs_one(self, acme: Tenant) -> None:
        answer = (await acme.ask(PREVIEW, input={"template": "{{ contact.name }}"}))["previewMessage"]

        assert (answer["code"], answer["path"]) == ("INVALID_INPUT", ["contactId"])


class TestMessages:
    @pytest.mark.feature("TR4", "IM2")
    async def test_texts_are_paged_in_order_with_everybodys_own_link(self, acme: Tenant) -> None:
        message_id = await prepare_for_contacts(acme, 5)
        read: list[dict[str, Any]] = []
        after = None
        for size in (2, 2, 1):
            page = (await acme.ask(TEXTS, id=message_id, first=2, after=after))["node"]["texts"]
            assert len(page["nodes"]) == size
            read += page["nodes"]
            after = page["pageInfo"]["endCursor"]

        assert [text["contact"]["externalId"] for text in read] == ["c1", "c2", "c3", "c4", "c5"]
        for number, text in enumerate(read, 1):
            [link] = text["links"]
            assert text["text"] == f"Hi Contact {number}: {link['url']}"
            assert link["link"] == {"shortUrl": link["url"], "contact": {"externalId": f"c{number}"}}
        assert len({text["links"][0]["url"] for text in read}) == 5

    @pytest.mark.feature("TR19", "IM3")
    async def test_sent_says_what_it_counts_and_is_what_the_click_rate_divides_by(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        message_id = await prepare_for_contacts(acme, 4)
        row = await Message.get(account_id=acme.account.id)
        link = await Link.filter(message_id=row.id, contact_id__isnull=False).order_by("contact_id").first()
        assert link is not None
        bound = {"link_id": link.id, "message_id": row.id, "slot": 1, "contact_id": link.contact_id}
        await store(pool, make_event(acme.account.id, campaign_id=None, creator_id=None, **bound))
        await fold_all(pool)
        before = (await acme.ask(TEXTS, id=message_id))["node"]

        told = [
            {"contact": {"externalId": name}, "status": status, "at": "2026-01-05T12:00:00Z"}
            for name, status in (("c1", "DELIVERED"), ("c2", "SENT"), ("c3", "FAILED"), ("nobody", "SENT"))
        ]
        answer = (await acme.ask(DELIVER, input={"messageId": message_id, "deliveries": told}))["recordDeliveries"]
        after = (await acme.ask(TEXTS, id=message_id))["node"]

        assert before["sent"] == {"count": 4, "basis": "PREPARED_RECIPIENTS"}
        assert before["performance"]["clickRate"] is None
        assert before["totals"] == {"totalClicks": 1, "uniqueClicks": 1}
        assert before["slots"] == [{"totals": {"totalClicks": 1}}]
        assert after["sent"] == answer["preparedMessage"]["sent"] == {"count": 2, "basis": "DELIVERIES"}
        assert after["performance"]["clickRate"] == {"value": 0.5, "numerator": 1, "denominator": 2}
        assert [(item["ok"], item["errors"]) for item in answer["items"]] == [
            (True, []),
            (True, []),
            (True, []),
            (False, [{"code": "NOT_FOUND", "path": ["deliveries", "3", "contact", "externalId"]}]),
        ]

    @pytest.mark.feature("IM3")
    async def test_a_text_for_anybody_can_be_copied(self, acme: Tenant) -> None:
        await make_offer(acme)
        message = await prepare(acme, template="{{ offers.gift }}", channel="OPEN_WEBPAGE")

        shared = (await acme.ask(TEXTS, id=message["id"]))["node"]["sharedText"]

        link = await Link.get(message_id__isnull=False)
        assert shared["text"].endswith(f"/{link.slug}")
        assert (link.contact_id, message["status"]) == (None, "PREPARED")
        assert message["slots"][0]["offer"] == {"name": "Gift"}

    async def test_recipients_are_added_and_unknown_ones_say_so(self, acme: Tenant) -> None:
        message_id = await prepare_for_contacts(acme, 2)

        given = {"messageId": message_id, "recipients": {"contactExternalIds": ["c1", "nobody"]}}
        answer = (await acme.ask(ADD, input=given))["addMessageRecipients"]

        assert answer["preparedMessage"] == {"recipients": 2, "status": "PREPARED"}
        assert answer["items"] == [
            {"index": 0, "ok": True, "node": {"contact": {"externalId": "c1"}}, "errors": []},
            {
                "index": 1,
                "ok": False,
                "node": None,
                "errors": [{"code": "NOT_FOUND", "path": ["recipients", "contactExternalIds", "1"]}],
            },
        ]

    async def test_lists_are_filtered_and_ordered(self, acme: Tenant) -> None:
        for name, channel in (("Beta", "EMAIL"), ("alpha", "EMAIL"), ("Gamma", "SOCIAL")):
            await prepare(acme, name=name, template="Hi", channel=channel)

        answer = await acme.ask(
            "{ byName: messages(filter: {channels: [EMAIL]}, orderBy: {field: NAME, direction: ASC}) { nodes { name } }"
            ' found: messages(filter: {search: "AMM"}) { nodes { name } } }'
        )

        assert [node["name"] for node in answer["byName"]["nodes"]] == ["alpha", "Beta"]
        assert answer["found"]["nodes"] == [{"name": "Gamma"}]

    @pytest.mark.feature("R11")
    async def test_a_foreign_message_does_not_exist(self, acme: Tenant, other: Tenant) -> None:
        message_id = await prepare_for_contacts(acme, 1)

        assert (await other.ask(TEXTS, id=message_id))["node"] is None
        given = {"messageId": message_id, "recipients": {"everyContact": True}}
        assert (await other.ask(ADD, input=given))["addMessageRecipients"]["code"] == "NOT_FOUND"
        assert (await other.ask("{ messages { nodes { id } } }"))["messages"]["nodes"] == []

    @pytest.mark.feature("IM10")
    async def test_the_picker_offers_what_a_template_takes(self, acme: Tenant) -> None:
        await make_offer(acme)

        answer = await acme.ask("{ insertableLinks(kinds: [RECIPIENT]) { tag label kind offer { name } link { id } } }")

        assert answer["insertableLinks"] == [
            {"tag": "offers.gift", "label": "Gift", "kind": "RECIPIENT", "offer": {"name": "Gift"}, "link": None}
        ]
