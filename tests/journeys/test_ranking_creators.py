"""Who brought the most people? Clicked at the real redirector, counted by the real worker, ranked by the graph."""

from typing import Any

import pytest

from tests.clicking import BOT
from tests.e2e.brand import Brand
from tests.graph import open_graph
from tests.journeys.campaigns import Campaign, list_links, promote, set_up_campaign
from tests.statements import recorded_statements
from tests.waiting import eventually

# Of each creator: how many people clicked, how often each of them, and how often a crawler did.
AUDIENCES = {"c0": (1, 5, 0), "c1": (3, 1, 0), "c2": (2, 2, 4), "c3": (0, 0, 1)}
CREATORS = 12
RANKED = """
    query ($id: ID!, $first: Int, $after: String) {
        campaign(id: $id) {
            creators(first: $first, after: $after, orderBy: { field: UNIQUE_CLICKS, direction: DESC }) {
                edges {
                    node { creator { handle } links(first: 10) { nodes { shortUrl totals { uniqueClicks } } } }
                    performance { metrics { uniqueClicks repeatClicks botClicks totalClicks } }
                }
                pageInfo { endCursor hasNextPage }
            }
        }
    }
"""


async def visit(brand: Brand, handle: str, slug: str) -> None:
    people, times, crawls = AUDIENCES.get(handle, (0, 0, 0))
    for person in range(people):
        for _ in range(times):
            await brand.follow(slug, X_Forwarded_For=f"198.51.100.{person}")
    for _ in range(crawls):
        await brand.follow(slug, User_Agent=BOT.decode())


async def rank(brand: Brand, campaign: Campaign) -> list[tuple[str, int, int, int, int]]:
    """Handle and counts of every creator, from pages of five."""
    ranked: list[tuple[str, int, int, int, int]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        creators = (await brand.ask(RANKED, id=campaign.id, first=5, after=page["endCursor"]))["creators"]
        edges = creators["edges"]
        ranked += [(edge["node"]["creator"]["handle"], *edge["performance"]["metrics"].values()) for edge in edges]
        page = creators["pageInfo"]
    return ranked


async def count_statements(brand: Brand, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of a page of one creator and a page of all, by an api in this process on the same stores."""
    counts = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(brand.system.settings) as graph:
            await graph.ask("{ viewer { scopes } }", api_key=brand.token)  # from now on the key's use is noted
            for first in (1, CREATORS):
                statements.clear()
                found = await graph.ask(RANKED, api_key=brand.token, id=campaign.id, first=first)
                assert len(found["campaign"]["creators"]["edges"]) == first
                counts.append(len(statements))
    return counts


@pytest.mark.feature("LO1", "LO7", "LO12", "CU2", "TR10", "R4", "R5", "R12")
async def test_creators_are_ranked_by_the_people_they_brought(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = await set_up_campaign(brand, CREATORS)
    for member in campaign.members:
        await promote(brand, member)
    for link in await list_links(brand, campaign):
        await visit(brand, link["creator"]["handle"], link["slug"])

    ranked = await eventually(lambda: rank(brand, campaign), lambda rows: sum(row[-1] for row in rows) == 17)

    assert ranked[:4] == [("c1", 3, 0, 0, 3), ("c2", 2, 2, 4, 8), ("c0", 1, 4, 0, 5), ranked[3]]
    rest = {handle: counts for handle, *counts in ranked[3:]}
    assert rest == {"c3": [0, 0, 1, 1]} | {f"c{place}": [0, 0, 0, 0] for place in range(4, CREATORS)}
    for_one, for_all = await count_statements(brand, campaign, monkeypatch)
    assert for_one == for_all
