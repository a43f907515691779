import asyncio

import pytest
from httpx2 import URL

from tests.e2e.brand import Brand
from tests.journeys.campaigns import list_links, promote, set_up_campaign
from tests.waiting import eventually

EDIT = """
    mutation ($id: ID!, $url: URL!) {
        updateTrackingDeliverable(input: { id: $id, destinationUrl: $url }) {
            ... on UpdateTrackingDeliverableSuccess { deliverable { destinationUrl } }
        }
    }
"""


@pytest.mark.feature("LS6", "R8")
async def test_an_edited_deliverable_leads_links_elsewhere_that_redirectors_hold(brand: Brand) -> None:
    campaign = await set_up_campaign(brand, 2)
    await asyncio.gather(*(promote(brand, member) for member in campaign.members))
    links = await list_links(brand, campaign)

    async def read_destinations() -> set[str]:
        answers = [await brand.follow(link["slug"]) for link in links]
        return {URL(answer.headers["Location"]).path for answer in answers}

    assert await read_destinations() == {"/summer-sale"}

    await brand.ask(EDIT, id=campaign.deliverable, url="https://brand.example/winter-sale")

    await eventually(read_destinations, lambda paths: paths == {"/winter-sale"})
