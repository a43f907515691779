import asyncio

import pytest
from httpx2 import URL

from tests.e2e.brand import Brand
from tests.journeys.campaigns import list_links, promote, set_up_campaign

ADD_DELIVERABLE = """
    mutation ($campaign: ID!) {
        createTrackingDeliverable(
            input: { campaignId: $campaign, name: "App", destinationUrl: "https://brand.example/app" }
        ) { ... on CreateTrackingDeliverableSuccess { deliverable { id } } }
    }
"""
PROMOTE_ALL = """
    mutation ($items: [SetCampaignCreatorStageInput!]!) {
        setCampaignCreatorStages(input: { items: $items }) {
            ... on SetCampaignCreatorStagesSuccess { items { ok node { stage } } }
        }
    }
"""


async def promote_all(brand: Brand, members: list[str]) -> list[str]:
    """The stages that the creators are at now."""
    items = [{"id": member, "stage": "ACCEPTED"} for member in members]
    answered = (await brand.ask(PROMOTE_ALL, items=items))["items"]
    return [item["node"]["stage"] for item in answered]


@pytest.mark.feature("LO1", "LS2", "LS3", "CU11")
async def test_forty_creators_promoted_twice_at_once_have_one_link_for_each_deliverable_that_works(
    brand: Brand,
) -> None:
    campaign = await set_up_campaign(brand, 40)
    app = (await brand.ask(ADD_DELIVERABLE, campaign=campaign.id))["deliverable"]["id"]
    paths = {campaign.deliverable: "/summer-sale", app: "/app"}

    forwards, backwards, *_ = await asyncio.gather(
        promote_all(brand, campaign.members),
        promote_all(brand, campaign.members[::-1]),
        *(promote(brand, member) for member in campaign.members),
    )

    assert forwards == backwards == ["ACCEPTED"] * 40
    links = await list_links(brand, campaign, is_archived=None)
    assert sorted((link["creator"]["handle"], link["deliverable"]["id"]) for link in links) == sorted(
        (f"c{place}", deliverable) for place in range(40) for deliverable in paths
    )
    answers = [await brand.follow(link["slug"]) for link in links]
    assert [answer.status_code for answer in answers] == [302] * 80
    led = [URL(answer.headers["Location"]).path for answer in answers]
    assert led == [paths[link["deliverable"]["id"]] for link in links]
