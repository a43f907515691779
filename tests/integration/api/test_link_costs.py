"""What lists show of each link and deliverable takes as many statements for many as for one."""

import asyncpg
import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.deliverables import update_deliverable
from tracking.links.models import Link
from tracking.links.service import archive_link
from tracking.settings import Settings

OF_LINKS = "links(filter: { kinds: [CREATOR], isArchived: true })"
QUERIES = {
    "clicks": f"{OF_LINKS} {{ nodes {{ key: slug page: clicks(first: 2) {{ nodes {{ link {{ key: slug }} }} }} }} }}",
    "history": f"{OF_LINKS} {{ nodes {{ key: slug page: history(first: 1) {{ nodes {{ key: action }} }} }} }}",
    "deliverables": "campaigns { nodes { deliverables { page: history(first: 1) { nodes { key: action } } } } }",
}
COSTS = {"clicks": 4, "history": 3, "deliverables": 4}  # the key, the list, what hangs on it and what hangs on that


async def populate(account: Account, count: int) -> None:
    """Each link was made and archived, and clicked three times; each deliverable was renamed twice."""
    campaign = await make_campaign(account)
    for number in range(count):
        creator = await make_creator(account)
        await join(account, campaign, [creator])
        await archive_link(account.id, (await make_link(account, creator)).id)
        deliverable = await make_deliverable(account, campaign)
        for name in ("Spring", "Summer"):
            await update_deliverable(account.id, deliverable.id, {"name": f"{name} {number}"})


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.usefixtures("answered_once")
async def test_a_page_of_each_takes_one_statement(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, name: str, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            await populate(account, count)
            for link in await Link.filter(account=account, kind="CREATOR"):
                events = [make_event(account.id, link_id=link.id, visitor=visitor) for visitor in range(3)]
                await store(pool, *events)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            found = await graph.ask(f"{{ {QUERIES[name]} }}", api_key=key)

    nodes = found["campaigns"]["nodes"][0]["deliverables"] if name == "deliverables" else found["links"]["nodes"]
    assert len(nodes) == count
    for node in nodes:
        shown = {"clicks": [{"link": {"key": node.get("key")}}] * 2, "history": [{"key": "ARCHIVED"}]}
        assert node["page"]["nodes"] == shown.get(name, [{"key": "UPDATED"}])
    assert len(statements) == COSTS[name]
