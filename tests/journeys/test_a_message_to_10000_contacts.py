"""From contacts to texts for an outside sender, and back: what was delivered, and who clicked."""

import asyncio
from typing import Any

import pytest
from httpx2 import URL

from tests.e2e.brand import Brand
from tests.journeys.campaigns import set_up_campaign
from tests.waiting import eventually

CONTACTS = 10_000
PAGE = 1_000
KEEP_CONTACTS = """
    mutation ($contacts: [ContactInput!]!) {
        upsertContacts(input: { contacts: $contacts }) { ... on UpsertContactsSuccess { items { ok } } }
    }
"""
PREPARE = """
    mutation ($campaign: ID!) {
        prepareMessage(
            input: {
                name: "Sale", campaignId: $campaign, recipients: { everyContact: true },
                optOutUrl: "https://brand.example/stop"
                template: "{{ contact.name }}, the sale is on: {{ links.shop }} Enough? {{ opt_out }}"
            }
        ) { ... on PrepareMessageSuccess { preparedMessage { id } } }
    }
"""
STATE = """
    query ($id: ID!) {
        node(id: $id) {
            ... on Message {
                status recipients prepared sent { count basis } totals { totalClicks uniqueClicks }
                performance { clickRate { numerator denominator } }
            }
        }
    }
"""
TEXTS = """
    query ($id: ID!, $after: String) {
        node(id: $id) {
            ... on Message {
                texts(first: 1000, after: $after) {
                    nodes { text missing { tag } links { tag url } contact { id externalId name } }
                    pageInfo { endCursor hasNextPage }
                }
            }
        }
    }
"""
DELIVER = """
    mutation ($message: ID!, $deliveries: [DeliveryInput!]!) {
        recordDeliveries(input: { messageId: $message, deliveries: $deliveries }) {
            ... on RecordDeliveriesSuccess { items { ok } preparedMessage { sent { count basis } } }
        }
    }
"""
CLICKED = """
    query ($url: URL!) {
        linkByUrl(url: $url) {
            contact { externalId } totals { totalClicks uniqueClicks } clicks(first: 5) { nodes { visitorMethod } }
        }
    }
"""


async def keep_contacts(brand: Brand) -> None:
    given = [{"externalId": f"k{number}", "name": f"Person {number}"} for number in range(CONTACTS)]
    calls = (brand.ask(KEEP_CONTACTS, contacts=given[start : start + PAGE]) for start in range(0, CONTACTS, PAGE))
    answers = await asyncio.gather(*calls)
    assert [item for answer in answers for item in answer["items"]] == [{"ok": True}] * CONTACTS


async def read_texts(brand: Brand, message: str) -> list[dict[str, Any]]:
    """Page by page to the end."""
    texts: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        found = (await brand.ask(TEXTS, id=message, after=page["endCursor"]))["texts"]
        texts += found["nodes"]
        page = found["pageInfo"]
    return texts


def check_texts(texts: list[dict[str, Any]], host: str) -> None:
    """Every contact once, by name, with one link that is nobody else's, and a way out that is the same for all."""
    assert sorted(text["contact"]["externalId"] for text in texts) == sorted(f"k{n}" for n in range(CONTACTS))
    urls = [link["url"] for text in texts for link in text["links"] if link["tag"] == "links.shop"]
    assert len(urls) == len(set(urls)) == CONTACTS
    assert {URL(url).host for url in urls} == {host}
    [way_out] = {text["text"].rpartition(" ")[2] for text in texts}
    expected = [
        f"{text['contact']['name']}, the sale is on: {url} Enough? {way_out}"
        for text, url in zip(texts, urls, strict=True)
    ]
    assert [text["text"] for text in texts] == expected
    assert not any(text["missing"] for text in texts)


async def deliver(brand: Brand, message: str, texts: list[dict[str, Any]]) -> dict[str, Any]:
    """What counts as sent, once the sender has told of these; the first three failed."""
    told = [
        {
            "contact": {"externalId": text["contact"]["externalId"]},
            "status": "FAILED" if place < 3 else "DELIVERED",
            "at": "2025-01-01T12:00:00Z",
        }
        for place, text in enumerate(texts)
    ]
    answer = await brand.ask(DELIVER, message=message, deliveries=told)
    assert answer["items"] == [{"ok": True}] * len(told)
    sent: dict[str, Any] = answer["preparedMessage"]["sent"]
    return sent


async def read_state(brand: Brand, message: str) -> dict[str, Any]:
    state: dict[str, Any] = await brand.ask(STATE, id=message)
    return state


@pytest.mark.feature("LS9", "IM2", "IM10", "IM15", "TR1", "TR5", "TR6", "TR7", "TR19", "R5")
async def test_ten_thousand_texts_with_their_own_links_are_paged_sent_and_clicked(brand: Brand) -> None:
    campaign = await set_up_campaign(brand, 1)
    await keep_contacts(brand)
    message = (await brand.ask(PREPARE, campaign=campaign.id))["preparedMessage"]["id"]

    state = await eventually(lambda: read_state(brand, message), lambda found: found["status"] == "PREPARED")
    texts = await read_texts(brand, message)

    assert (state["recipients"], state["prepared"]) == (CONTACTS, CONTACTS)
    assert state["sent"] == {"count": CONTACTS, "basis": "PREPARED_RECIPIENTS"}
    check_texts(texts, brand.host)
    for _ in range(2):  # the sender did not hear our answer
        assert await deliver(brand, message, texts[:PAGE]) == {"count": PAGE - 3, "basis": "DELIVERIES"}

    first, last = [next(iter(text["links"]))["url"] for text in (texts[0], texts[-1])]
    answers = [await brand.follow(URL(url).path.removeprefix("/")) for url in (first, first, last)]  # from one address

    assert [answer.status_code for answer in answers] == [302] * 3
    assert {URL(answer.headers["Location"]).path for answer in answers} == {"/summer-sale"}
    await eventually(lambda: read_state(brand, message), lambda found: found["totals"]["totalClicks"] == 3)
    state = await read_state(brand, message)
    assert state["totals"] == {"totalClicks": 3, "uniqueClicks": 2}
    assert state["performance"]["clickRate"] == {"numerator": 2, "denominator": PAGE - 3}
    clicked = await brand.ask(CLICKED, url=first)
    assert clicked["contact"] == {"externalId": texts[0]["contact"]["externalId"]}
    assert clicked["totals"] == {"totalClicks": 2, "uniqueClicks": 1}
    assert clicked["clicks"]["nodes"] == [{"visitorMethod": "CONTACT"}] * 2
