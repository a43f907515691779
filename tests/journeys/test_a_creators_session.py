"""A creator's browser: what is theirs is there, counted by the redirector; the rest of the brand does not exist."""

from dataclasses import replace
from typing import Any

import pytest
from gql.transport.exceptions import TransportQueryError

from tests.e2e.brand import Brand
from tests.journeys.campaigns import SET_UP, Campaign, list_links, promote, set_up_campaign
from tests.product_queries import read_query
from tests.waiting import eventually

OWN_PAGE = read_query("08")
OPEN_SESSION = """
    mutation ($creator: ID!) {
        createSessionToken(input: { creatorId: $creator }) { ... on CreateSessionTokenSuccess { token } }
    }
"""
ADD_POST = """
    mutation ($given: CreatePostInput!) {
        createPost(input: $given) { ... on CreatePostSuccess { post { id } } }
    }
"""
ADD_LINK = """
    mutation ($creator: ID!) {
        createCreatorLink(input: { creatorId: $creator, destinationUrl: "https://brand.example/", label: "Old" }) {
            ... on CreateCreatorLinkSuccess { link { id shortUrl } }
        }
    }
"""
ARCHIVE = """
    mutation ($id: ID!) {
        archiveLink(input: { id: $id }) { ... on ArchiveLinkSuccess { link { id } } }
    }
"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"
OF_ITS_CLICKS = "query ($id: ID!) { node(id: $id) { ... on Link { clicks(first: 1) { nodes { id } } } } }"
FOREIGN = {
    "{ clicks { nodes { verdict { reasons } } } }": "clicks",
    "{ creators { nodes { handle } } }": "creators",
    '{ campaign(id: "x") { report(range: { preset: LIFETIME }) { totals { uniqueClicks } } } }': "campaign",
    "{ viewer { account { name } } }": "account",
    "{ viewer { creator { report(range: { preset: TODAY }) { asOf } } } }": "report",
    "{ viewer { creator { totals { botClicks } } } }": "botClicks",
    'mutation { archiveLink(input: { id: "x" }) { __typename } }': "archiveLink",
}


async def open_session(brand: Brand, creator: str) -> Brand:
    """The same brand, asked by the creator's browser."""
    return replace(brand, token=(await brand.ask(OPEN_SESSION, creator=creator))["token"])


async def be_busy(brand: Brand, campaign: Campaign, place: int) -> dict[str, str]:
    """A creator's campaign link, post, and a link that is archived. Answers with their ids."""
    await promote(brand, campaign.members[place])
    link = next(each for each in await list_links(brand, campaign) if each["creator"]["handle"] == f"c{place}")
    given = {
        "campaignCreatorId": campaign.members[place],
        "platform": "TIKTOK",
        "url": f"https://social.example/{place}",
        "publishedAt": "2025-01-01T12:00:00Z",
        "linkIds": [link["id"]],
    }
    post = (await brand.ask(ADD_POST, given=given))["post"]
    old = (await brand.ask(ADD_LINK, creator=campaign.creators[place]))["link"]
    await brand.ask(ARCHIVE, id=old["id"])
    for visitor in range(place + 2):
        await brand.follow(link["slug"], X_Forwarded_For=f"198.51.100.{visitor}")
    return {
        "link": link["id"],
        "url": link["shortUrl"],
        "post": post["id"],
        "old": old["id"],
        "oldUrl": old["shortUrl"],
    }


async def read_click(brand: Brand, link_id: str) -> str | None:
    clicks = (await brand.ask(OF_ITS_CLICKS, id=link_id))["clicks"]["nodes"]
    return clicks[0]["id"] if clicks else None


async def read_page(session: Brand) -> dict[str, Any]:
    page: dict[str, Any] = (await session.ask(OWN_PAGE))["creator"]
    return page


async def read_refusal(session: Brand, document: str) -> str:
    with pytest.raises(TransportQueryError) as refused:
        await session.ask(document)
    [error, *_] = refused.value.errors or []
    return str(error["message"])


def expect_page(own: dict[str, str]) -> dict[str, Any]:
    return {
        "handle": "c0",
        "name": "",
        "totals": {"uniqueClicks": 2},
        "campaigns": [{"name": "Summer sale", "status": "ACTIVE", "startsAt": None, "endsAt": None}],
        "links": [{"label": "Shop", "shortUrl": own["url"], "totals": {"uniqueClicks": 2}}],
        "posts": [{"platform": "TIKTOK", "url": "https://social.example/0", "publishedAt": "2025-01-01T12:00:00Z"}],
        "notices": [
            {"kind": "LINK_ARCHIVED", "link": {"label": "Old", "shortUrl": own["oldUrl"]}, "replacement": None}
        ],
    }


def flatten(page: dict[str, Any]) -> dict[str, Any]:
    """Without the times of notices, and without the addresses of pictures, which follow from the links'."""
    lists = {name: page[name]["nodes"] for name in ("campaigns", "links", "posts", "notices")}
    for link in lists["links"]:
        assert link.pop("qrCodeUrl").startswith(link["shortUrl"])
    for notice in lists["notices"]:
        assert notice.pop("createdAt")
    return {**page, **lists}


@pytest.mark.feature("LS11", "LO10", "LO11", "R11")
async def test_a_creators_session_sees_its_own_and_nothing_else(brand: Brand) -> None:
    campaign = await set_up_campaign(brand, 2)
    elsewhere = (await brand.ask(SET_UP, "CreateCampaign"))["campaign"]["id"]
    await brand.ask(SET_UP, "AddCreators", campaignId=elsewhere, creatorIds=campaign.creators[1:])
    own, foreign = [await be_busy(brand, campaign, place) for place in range(2)]
    click = await eventually(lambda: read_click(brand, own["link"]))
    assert click is not None
    session = await open_session(brand, campaign.creators[0])

    await eventually(lambda: read_page(session), lambda found: found["totals"]["uniqueClicks"] == 2)

    assert flatten(await read_page(session)) == expect_page(own)
    for found in (campaign.creators[0], campaign.id, own["link"], own["old"], own["post"]):
        assert await session.ask(NODE, id=found) == {"id": found}
    unknown = (campaign.creators[1], elsewhere, *campaign.members, campaign.deliverable, click)
    for hidden in (*unknown, foreign["link"], foreign["old"], foreign["post"], "nothing"):
        assert await session.ask(NODE, id=hidden) is None
    for document, field in FOREIGN.items():
        assert (await read_refusal(session, document)).startswith(f"Cannot query field '{field}' on type ")
