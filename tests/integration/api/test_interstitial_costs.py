"""What campaigns and clicks say of the pages that visitors met takes as many statements for many as for one (TR12)."""

import asyncpg
import pytest

from tests.brand import make_brand, make_campaign
from tests.clicking import make_event, store
from tests.graph import open_graph
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.clicks.confirmations import store_confirmations
from tracking.clicks.event import Confirmation, Fact
from tracking.clock import now_ms
from tracking.interstitials.rules import Interstitial
from tracking.interstitials.service import update_campaign_interstitial
from tracking.settings import Settings

QUERY = """
    {
      campaigns { nodes { interstitial { title } } }
      clicks { nodes { interstitial { continuedAt } } }
    }
"""
COST = 5  # the key, both lists, and what was asked of each


@pytest.mark.feature("TR12")
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.usefixtures("answered_once")
async def test_many_cost_as_much_as_one(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            for number in range(count):
                campaign = await make_campaign(account, f"Summer {number}")
                await update_campaign_interstitial(account.id, campaign.id, Interstitial("Soon", "", "Go on"))
            events = [make_event(account.id, visitor=each, facts=Fact.INTERSTITIAL_SHOWN) for each in range(count)]
            await store(pool, *events)
            await store_confirmations(pool, [Confirmation(each.click_id, account.id, 7, now_ms()) for each in events])
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            found = await graph.ask(QUERY, api_key=key)

    assert found["campaigns"]["nodes"] == [{"interstitial": {"title": "Soon"}}] * count
    assert [node["interstitial"]["continuedAt"] is not None for node in found["clicks"]["nodes"]] == [True] * count
    assert len(statements) == COST
