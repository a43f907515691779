"""What journeys start from: a campaign whose creators have applied, all of it made through the graph."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.brand import Brand
from tests.product_queries import read_query

SET_UP = read_query("04")
LINKS = """
    query ($id: ID!, $isArchived: Boolean) {
        campaign(id: $id) {
            links(first: 1000, filter: { isArchived: $isArchived }) {
                nodes { id slug shortUrl label creator { handle } deliverable { id } }
            }
        }
    }
"""


@dataclass(frozen=True)
class Campaign:
    """Its creators are called `c0`, `c1` and so on; `creators` and `members` hold their ids in this order."""

    id: str
    deliverable: str
    creators: list[str]
    members: list[str]


async def set_up_campaign(brand: Brand, creators: int) -> Campaign:
    campaign = str((await brand.ask(SET_UP, "CreateCampaign"))["campaign"]["id"])
    deliverable = str((await brand.ask(SET_UP, "CreateDeliverable", campaignId=campaign))["deliverable"]["id"])
    handles = [{"handle": f"c{place}"} for place in range(creators)]
    made = (await brand.ask(SET_UP, "CreateCreators", creators=handles))["items"]
    ids = [item["node"]["id"] for item in made]
    added = (await brand.ask(SET_UP, "AddCreators", campaignId=campaign, creatorIds=ids))["items"]
    return Campaign(campaign, deliverable, ids, [item["node"]["id"] for item in added])


async def promote(brand: Brand, member: str) -> None:
    await brand.ask(SET_UP, "Promote", campaignCreatorId=member)


async def list_links(brand: Brand, campaign: Campaign, *, is_archived: bool | None = False) -> list[dict[str, Any]]:
    """Those that work, the archived ones, or with None all."""
    nodes: list[dict[str, Any]] = (await brand.ask(LINKS, id=campaign.id, isArchived=is_archived))["links"]["nodes"]
    return nodes
