"""Each query of docs/queries costs as many SQL statements for many rows as for few."""

from collections import Counter

import asyncpg
import pytest

from tests.brand import make_brand
from tests.graph import open_graph
from tests.populating import populate
from tests.product_queries import FOLDER, read_query
from tests.sessions import open_creator_session
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.creators.models import Creator
from tracking.settings import Settings

FEW, MANY = 1, 4
SUBSCRIPTIONS = {"06-live-clicks", "15-live-conversions", "26-live-totals-and-progress"}
# each of their steps is run by tests of their own
MUTATIONS = {
    "04-set-up-a-campaign",
    "16-set-up-conversions",
    "19-share-a-report-page",
    "20-an-export",
    "21-close-a-period",
    "22-a-segment",
    "24-a-webhook",
    "25-why-a-webhook-failed",
}
# a point for each day or hour of the week, whatever happened
OF_ONE_SIZE = ["03-daily-series", "18-a-campaigns-report"]
QUERIES = sorted({path.stem for path in FOLDER.glob("*.graphql")} - SUBSCRIPTIONS - MUTATIONS)


@pytest.mark.feature("R12", "CU12")
@pytest.mark.usefixtures("answered_once")
async def test_many_rows_cost_as_many_statements_as_few(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs: dict[str, list[list[str]]] = {name: [] for name in QUERIES}
    answers: dict[str, list[str]] = {name: [] for name in QUERIES}
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for slug, count in (("few", FEW), ("many", MANY)):
                account = await make_brand(slug)
                variables = await populate(account, pool, count)
                key = (await create_api_key(account.id, "test", [Scope.ADMIN])).token
                creator = await Creator.filter(account=account).order_by("id").first()
                assert creator is not None
                session = await open_creator_session(graph, key, creator)
                for name in QUERIES:
                    token = session if name.startswith("08") else key
                    await graph.ask("{ viewer { expiresAt } }", api_key=token)  # from now on the key's use is noted
                    asked: list[list[str]] = []
                    # What is loaded together may by chance be asked for in two ticks, on a slow machine.
                    while len(asked) < 2 or (costs[name] and len(asked) < 6 and len(asked[-1]) != len(costs[name][0])):
                        statements.clear()
                        answer = str(await graph.ask(read_query(name), api_key=token, **variables.get(name, {})))
                        asked.append(sorted(statements))
                    answers[name].append(answer)
                    costs[name].append(min(asked, key=len))

    # Else it would not have asked for what there is more of.
    assert [name for name, (few, many) in answers.items() if len(many) <= 2 * len(few)] == OF_ONE_SIZE
    dearer = {name: [*map(Counter, cost)] for name, cost in costs.items() if len(cost[0]) != len(cost[1])}
    assert dearer == {}
