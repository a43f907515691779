"""A scanner that no rule can find is found by the brand, shown, excluded and restored, all through the public doors."""

from collections.abc import Mapping
from typing import Any

import pytest
from httpx2 import URL

from tests.e2e.brand import Brand, Listener
from tests.journeys.campaigns import set_up_campaign
from tests.waiting import eventually

CONTACTS = 8
PEOPLE = 2
# A browser like any other, and not the one that people of this test have.
SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36"
)
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
                template: "The sale is on: {{ links.shop }}"
            }
        ) { ... on PrepareMessageSuccess { preparedMessage { id } } }
    }
"""
TEXTS = """
    query ($id: ID!) {
        node(id: $id) { ... on Message { status texts(first: 100) { nodes { links { url } } } } }
    }
"""
COUNTS = """
    query ($message: ID!, $campaign: ID!) {
        message: node(id: $message) { ... on Message { totals { ...counts } } }
        campaign(id: $campaign) { report(range: { preset: LIFETIME }) { totals { ...counts } } }
    }
    fragment counts on Metrics { totalClicks humanClicks botClicks countedClicks uniqueClicks repeatClicks }
"""
FIND = """
    query ($filter: ClickFilter!) {
        clicks(filter: $filter, first: 100, orderBy: {field: OCCURRED_AT, direction: ASC}) {
            nodes { id counting explanation verdict { verdict } }
        }
    }
"""
RECLASSIFY = """
    mutation ($input: ReclassifyClicksInput!) {
        reclassifyClicks(input: $input) { ... on ReclassifyClicksSuccess { correction { id status } } }
    }
"""
UNDO = """
    mutation ($id: ID!) {
        undoReclassification(input: { id: $id }) { ... on UndoReclassificationSuccess { correction { id status } } }
    }
"""
CORRECTION = """
    query ($id: ID!) {
        node(id: $id) {
            ... on Correction {
                status progress { examined changing applied } undoneBy { id }
                changes {
                    nodes {
                        campaign { id } creator { id }
                        difference { totalClicks humanClicks botClicks countedClicks uniqueClicks repeatClicks }
                    }
                }
            }
        }
    }
"""
INFLATED = {
    "totalClicks": CONTACTS + PEOPLE,
    "humanClicks": CONTACTS + PEOPLE,
    "botClicks": 0,
    "countedClicks": CONTACTS + PEOPLE,
    "uniqueClicks": CONTACTS,
    "repeatClicks": PEOPLE,
}
DROP = {
    "totalClicks": 0,
    "humanClicks": -CONTACTS,
    "botClicks": CONTACTS,
    "countedClicks": -CONTACTS,
    "uniqueClicks": PEOPLE - CONTACTS,
    "repeatClicks": -PEOPLE,
}


async def send_message(brand: Brand, campaign: str) -> tuple[str, list[str]]:
    """A message of one link to every contact; its id, and the slugs."""
    contacts = [{"externalId": f"k{number}"} for number in range(CONTACTS)]
    await brand.ask(KEEP_CONTACTS, contacts=contacts)
    message = str((await brand.ask(PREPARE, campaign=campaign))["preparedMessage"]["id"])

    async def read() -> Any:
        return await brand.ask(TEXTS, id=message)

    prepared = await eventually(read, lambda found: found["status"] == "PREPARED")
    urls = [link["url"] for text in prepared["texts"]["nodes"] for link in text["links"]]
    return message, [URL(url).path.removeprefix("/") for url in urls]


async def read_counts(brand: Brand, message: str, campaign: str) -> dict[str, Any]:
    """Of the message and of its campaign."""
    found = await brand.ask_all(COUNTS, message=message, campaign=campaign)
    return {"message": found["message"]["totals"], "campaign": found["campaign"]["report"]["totals"]}


async def read_settled(brand: Brand, message: str, campaign: str, bots: int) -> dict[str, Any]:
    """Once every click is in the reports, and as many of them are called programs."""

    def is_settled(found: dict[str, Any]) -> bool:
        return all(
            totals["totalClicks"] == CONTACTS + PEOPLE and totals["botClicks"] == bots for totals in found.values()
        )

    return await eventually(lambda: read_counts(brand, message, campaign), is_settled)


async def find(brand: Brand, **wanted: object) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await brand.ask(FIND, filter=wanted))["nodes"]
    return nodes


async def read_done(brand: Brand, correction: dict[str, Any], status: str) -> dict[str, Any]:
    async def read() -> Any:
        return await brand.ask(CORRECTION, id=correction["id"])

    done: dict[str, Any] = await eventually(read, lambda found: found["status"] == status)
    return done


async def hear_reclassified(listener: Listener, wanted: set[str]) -> None:
    """Until each of these clicks was told of."""
    heard: set[str] = set()
    while not wanted <= heard:
        event = await listener.hear()
        if event["__typename"] == "ClickReclassified":
            heard.add(event["click"]["id"])


async def inflate(brand: Brand, slugs: list[str]) -> None:
    """The scanner opens every link, each from another household, as a botnet does; then come people."""
    for place, slug in enumerate(slugs):
        await brand.follow(slug, user_agent=SCANNER, X_Forwarded_For=f"81.2.{place}.7")
    for place, slug in enumerate(slugs[:PEOPLE]):
        await brand.follow(slug, X_Forwarded_For=f"92.4.{place}.9")


async def exclude(
    brand: Brand, given: Mapping[str, object], scanned: set[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is asked for, and what it is once it is applied and who listens has heard of every click."""
    async with brand.listening() as listener:
        assert (await listener.hear())["__typename"] == "StreamReady"
        asked = (await brand.ask(RECLASSIFY, input=given))["correction"]
        excluded = await read_done(brand, asked, "APPLIED")
        await hear_reclassified(listener, scanned)
    return asked, excluded


@pytest.mark.feature("TR6", "TR7", "TR25", "TR27", "LO7", "R4", "R5", "R6", "R12", "R13")
async def test_a_scanner_is_found_shown_excluded_and_restored(brand: Brand) -> None:
    campaign = (await set_up_campaign(brand, 1)).id
    message, slugs = await send_message(brand, campaign)
    await inflate(brand, slugs)
    inflated = await read_settled(brand, message, campaign, bots=0)
    assert inflated["message"] == INFLATED

    # It is found: one click looks odd, and those like it are asked for.
    odd = (await find(brand, messageIds=[message]))[0]
    alike = {"messageIds": [message], "sameUserAgentAs": [odd["id"]]}
    scanned = {click["id"] for click in await find(brand, **alike)}
    assert len(scanned) == CONTACTS
    assert len(await find(brand, **alike, verdicts=["HUMAN"])) == CONTACTS

    # It is shown: what would change, while nothing does.
    given = {"filter": alike, "verdict": "BOT", "note": "the scanner of a mail gateway"}
    dry_run = (await brand.ask(RECLASSIFY, input={**given, "dryRun": True}))["correction"]
    shown = await read_done(brand, dry_run, "COMPARED")
    assert shown["changes"]["nodes"] == [{"campaign": {"id": campaign}, "creator": None, "difference": DROP}]
    assert await read_counts(brand, message, campaign) == inflated

    # It is excluded, and who listens is told.
    asked, excluded = await exclude(brand, given, scanned)
    assert excluded["changes"] == shown["changes"]
    assert excluded["progress"] == {"examined": CONTACTS, "changing": CONTACTS, "applied": CONTACTS}
    honest = await read_settled(brand, message, campaign, bots=CONTACTS)
    for node in ("message", "campaign"):
        assert honest[node] == {name: inflated[node][name] + DROP[name] for name in DROP}
    assert {click["counting"] for click in await find(brand, **alike)} == {"BOT"}
    assert len(await find(brand, messageIds=[message], counting=["UNIQUE"])) == PEOPLE

    # It is restored by one call: everything is as it was.
    undo = (await brand.ask(UNDO, id=asked["id"]))["correction"]
    await read_done(brand, undo, "APPLIED")
    assert await read_settled(brand, message, campaign, bots=0) == inflated
    assert (await read_done(brand, asked, "APPLIED"))["undoneBy"] == {"id": undo["id"]}
    assert {click["verdict"]["verdict"] for click in await find(brand, **alike)} == {"HUMAN"}
