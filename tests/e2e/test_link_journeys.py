"""What a brand does with links in a campaign's life, through the graph and the redirector alone."""

import asyncio

import pytest
from httpx2 import URL

from creatrail.embedded.folders import PROJECT
from tests.e2e.brand import Brand
from tests.waiting import eventually

pytestmark = pytest.mark.xdist_group("e2e")

SET_UP = (PROJECT / "docs/queries/04-set-up-a-campaign.graphql").read_text()
LINKS = """
    query ($id: ID!) {
        campaign(id: $id) { links(first: 1000) { nodes { id slug creator { handle } deliverable { id } } } }
    }
"""
REPLACE = """
    mutation ($id: ID!, $slug: String) {
        archiveLink(input: { id: $id, replacement: { slug: $slug } }) {
            ... on ArchiveLinkSuccess { link { replacedBy { slug shortUrl creator { handle } deliverable { name } } } }
        }
    }
"""
EDIT = """
    mutation ($id: ID!, $url: URL!) {
        updateTrackingDeliverable(input: { id: $id, destinationUrl: $url }) {
            ... on UpdateTrackingDeliverableSuccess { deliverable { destinationUrl } }
        }
    }
"""


async def set_up_campaign(brand: Brand, creators: int) -> tuple[str, list[str]]:
    """A campaign with a deliverable; its creators `c0`, `c1` and so on have applied. Answers with all their ids."""
    campaign = str((await brand.ask(SET_UP, "CreateCampaign"))["campaign"]["id"])
    await brand.ask(SET_UP, "CreateDeliverable", campaignId=campaign)
    given = [{"handle": f"c{place}"} for place in range(creators)]
    made = (await brand.ask(SET_UP, "CreateCreators", creators=given))["items"]
    ids = [item["node"]["id"] for item in made]
    added = (await brand.ask(SET_UP, "AddCreators", campaignId=campaign, creatorIds=ids))["items"]
    return campaign, [item["node"]["id"] for item in added]


async def promote(brand: Brand, *members: str) -> None:
    await asyncio.gather(*(brand.ask(SET_UP, "Promote", campaignCreatorId=member) for member in members))


@pytest.mark.feature("LO1", "LS2", "LS3")
async def test_forty_creators_promoted_twice_at_once_have_one_link_each_that_works(brand: Brand) -> None:
    campaign, members = await set_up_campaign(brand, 40)

    await promote(brand, *members, *reversed(members))

    links = (await brand.ask(LINKS, id=campaign))["links"]["nodes"]
    assert sorted(link["creator"]["handle"] for link in links) == sorted(f"c{place}" for place in range(40))
    answers = [(await brand.follow(link["slug"])).status_code for link in links]
    assert answers == [302] * 40


@pytest.mark.feature("LS5", "LS7", "LS8", "R8")
async def test_a_leaked_link_stops_and_its_replacement_works(brand: Brand) -> None:
    campaign, members = await set_up_campaign(brand, 1)
    await promote(brand, *members)
    [leaked] = (await brand.ask(LINKS, id=campaign))["links"]["nodes"]
    assert (await brand.follow(leaked["slug"])).status_code == 302

    archived = await brand.ask(REPLACE, id=leaked["id"], slug="fresh")

    new = archived["link"]["replacedBy"]
    assert (new["slug"], new["creator"], new["deliverable"]) == ("fresh", {"handle": "c0"}, {"name": "Shop"})

    async def follow(slug: str) -> int:
        return (await brand.follow(slug)).status_code

    await eventually(lambda: follow(leaked["slug"]), lambda status: status == 410)
    assert await follow(new["slug"]) == 302
    assert [link["slug"] for link in (await brand.ask(LINKS, id=campaign))["links"]["nodes"]] == ["fresh"]


@pytest.mark.feature("LS6", "R8")
async def test_an_edited_deliverable_leads_links_elsewhere_that_redirectors_hold(brand: Brand) -> None:
    campaign, members = await set_up_campaign(brand, 2)
    await promote(brand, *members)
    links = (await brand.ask(LINKS, id=campaign))["links"]["nodes"]

    async def read_destinations() -> set[str]:
        answers = [await brand.follow(link["slug"]) for link in links]
        return {URL(answer.headers["Location"]).path for answer in answers}

    assert await read_destinations() == {"/summer-sale"}

    await brand.ask(EDIT, id=links[0]["deliverable"]["id"], url="https://brand.example/winter-sale")

    await eventually(read_destinations, lambda paths: paths == {"/winter-sale"})
