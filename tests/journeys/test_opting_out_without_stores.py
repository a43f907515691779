from collections.abc import AsyncIterator

import httpx2
import pytest
from httpx2 import URL

from tests.e2e.brand import PERSONS_HEADERS, Brand
from tests.e2e.system import System, open_system
from tests.journeys.campaigns import set_up_campaign
from tests.waiting import eventually

DESTINATION = "https://brand.example/stop?who=7#done"
KEEP_CONTACT = """
    mutation {
        upsertContacts(input: { contacts: [{ externalId: "k7", name: "Kim" }] }) {
            ... on UpsertContactsSuccess { items { ok } }
        }
    }
"""
PREPARE = """
    mutation ($campaign: ID!, $stop: URL!) {
        prepareMessage(
            input: {
                name: "Sale", campaignId: $campaign, recipients: { contactExternalIds: ["k7"] }, optOutUrl: $stop
                template: "{{ contact.name }} {{ links.shop }} {{ opt_out }}"
            }
        ) { ... on PrepareMessageSuccess { preparedMessage { id } } }
    }
"""
TEXT = "query ($id: ID!) { node(id: $id) { ... on Message { texts(first: 2) { nodes { text } } } } }"
ALL_CLICKS = "{ viewer { account { report(range: { preset: LIFETIME }) { totals { totalClicks } } } } }"


@pytest.fixture
async def system() -> AsyncIterator[System]:
    """With stores of its own, to stop them."""
    async with open_system() as system:
        system.start("api", "redirector", "ingest", "jobs")
        yield system


async def read_text(brand: Brand, message: str) -> str | None:
    """What is to be sent to the only recipient."""
    [found] = (await brand.ask(TEXT, id=message))["texts"]["nodes"]
    text: str | None = found["text"]
    return text


async def opt_out(system: System, path: str) -> list[httpx2.Response]:
    """By a person and by programs, at a redirector that has seen the stores, and at one that never has."""
    system.start("redirector 2")
    async with httpx2.AsyncClient(timeout=30) as client:
        return [
            await client.request(
                method, f"http://127.0.0.1:{system.programs[name].port}{path}", headers=PERSONS_HEADERS
            )
            for name in ("redirector", "redirector 2")
            for method in ("GET", "HEAD", "POST")
        ]


async def count_clicks(brand: Brand) -> int:
    totals: dict[str, int] = (await brand.ask(ALL_CLICKS))["account"]["report"]["totals"]
    return totals["totalClicks"]


@pytest.mark.feature("TR24", "R9", "LS9", "V5")
async def test_who_opts_out_of_a_message_gets_there_with_every_store_stopped_and_leaves_nothing(
    system: System, brand: Brand
) -> None:
    campaign = await set_up_campaign(brand, 1)
    await brand.ask(KEEP_CONTACT)
    message = (await brand.ask(PREPARE, campaign=campaign.id, stop=DESTINATION))["preparedMessage"]["id"]
    text = await eventually(lambda: read_text(brand, message))
    assert text is not None
    name, shop, way_out = text.split()
    assert (name, URL(way_out).host) == ("Kim", brand.host)
    before = await brand.follow(URL(way_out).path.removeprefix("/"))
    system.postgres.stop()
    system.valkey.stop()

    answers = [before, *await opt_out(system, URL(way_out).path)]

    assert [answer.status_code for answer in answers] == [302] + [302, 302, 307] * 2
    assert {answer.headers["Location"] for answer in answers} == {DESTINATION}
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert list(system.spool.iterdir()) == []
    system.postgres.start()
    system.valkey.start()
    after = await eventually(
        lambda: brand.follow(URL(shop).path.removeprefix("/")), lambda answer: answer.status_code == 302
    )
    assert URL(after.headers["Location"]).path == "/summer-sale"
    assert await eventually(lambda: count_clicks(brand)) == 1  # that of the shop
