from typing import Any

import pytest

from tests.e2e.brand import Brand
from tests.journeys.campaigns import Campaign, list_links, promote, set_up_campaign
from tests.waiting import eventually

BOTH = ("redirector", "redirector 2")
REPLACE = """
    mutation ($id: ID!, $slug: String) {
        archiveLink(input: { id: $id, replacement: { slug: $slug } }) {
            ... on ArchiveLinkSuccess { link { replacedBy { id slug creator { handle } deliverable { id } } } }
        }
    }
"""
NOTICES = """
    query ($creator: ID!) {
        creator(id: $creator) { notices(first: 10) { nodes { kind link { slug } replacement { slug } } } }
    }
"""
REPORT = """
    query ($id: ID!) { campaign(id: $id) { report(range: { preset: LIFETIME }) { totals { uniqueClicks } } } }
"""
BY_URL = "query ($url: URL!) { linkByUrl(url: $url) { replacedBy { slug } totals { uniqueClicks } } }"
CHANGE = """
    mutation ($id: ID!) {
        updateLink(input: { id: $id, destinationUrl: "https://brand.example/again" }) {
            ... on UserError { code path }
        }
    }
"""
TAKE = """
    mutation ($creator: ID!, $slug: String!) {
        createCreatorLink(input: { creatorId: $creator, destinationUrl: "https://brand.example/", slug: $slug }) {
            ... on UserError { code path }
        }
    }
"""


async def follow_everywhere(brand: Brand, slug: str) -> list[int]:
    return [(await brand.follow(slug, redirector=name)).status_code for name in BOTH]


async def read_campaign_clicks(brand: Brand, campaign: Campaign) -> int:
    totals: dict[str, int] = (await brand.ask(REPORT, id=campaign.id))["report"]["totals"]
    return totals["uniqueClicks"]


async def read_notices(brand: Brand, campaign: Campaign) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = (await brand.ask(NOTICES, creator=campaign.creators[0]))["notices"]["nodes"]
    return nodes


async def try_to_bring_back(brand: Brand, campaign: Campaign, leaked: dict[str, Any]) -> list[dict[str, Any]]:
    """What each of these answers: to change it, to promote its creator again, to take its slug for a new link."""
    changed = await brand.ask(CHANGE, id=leaked["id"])
    await promote(brand, campaign.members[0])
    return [changed, await brand.ask(TAKE, creator=campaign.creators[0], slug=leaked["slug"])]


@pytest.mark.feature("LS5", "LS7", "LS8", "LS14", "R8", "V4")
async def test_a_leaked_link_stops_at_once_for_ever_and_its_replacement_works(brand: Brand) -> None:
    campaign = await set_up_campaign(brand, 1)
    await promote(brand, *campaign.members)
    [leaked] = await list_links(brand, campaign)
    assert await follow_everywhere(brand, leaked["slug"]) == [302, 302]  # both know it now

    archived = await brand.ask(REPLACE, id=leaked["id"], slug="fresh")

    new = archived["link"]["replacedBy"]
    assert (new["slug"], new["creator"], new["deliverable"]) == ("fresh", {"handle": "c0"}, leaked["deliverable"])
    await eventually(lambda: follow_everywhere(brand, leaked["slug"]), lambda statuses: statuses == [410, 410])
    assert await follow_everywhere(brand, "fresh") == [302, 302]
    notice = {"kind": "LINK_ARCHIVED", "link": {"slug": leaked["slug"]}, "replacement": {"slug": "fresh"}}
    assert await read_notices(brand, campaign) == [notice]
    assert await try_to_bring_back(brand, campaign, leaked) == [
        {"code": "ARCHIVED", "path": ["id"]},
        {"code": "TAKEN", "path": ["slug"]},
    ]
    assert [link["slug"] for link in await list_links(brand, campaign)] == ["fresh"]
    assert [link["slug"] for link in await list_links(brand, campaign, is_archived=True)] == [leaked["slug"]]
    assert await follow_everywhere(brand, leaked["slug"]) == [410, 410]
    # The visitor of both redirectors is one person: unique once on each link, so once before and once after.
    assert await eventually(lambda: read_campaign_clicks(brand, campaign), lambda clicks: clicks == 2)
    found = await brand.ask(BY_URL, url=leaked["shortUrl"])
    assert found == {"replacedBy": {"slug": "fresh"}, "totals": {"uniqueClicks": 1}}
