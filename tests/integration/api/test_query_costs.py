"""Each query of docs/queries costs as many SQL statements for many rows as for few."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from tests.brand import make_brand
from tests.graph import Graph, open_graph
from tests.populating import populate
from tests.product_queries import FOLDER, read_query
from tests.sessions import open_creator_session
from tests.statements import recorded_statements
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.creators.models import Creator
from tracking.settings import Settings

FEW, MANY = 1, 4
TRIES = 6  # what is loaded together is by chance asked for in one tick or in two
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


@dataclass(frozen=True, eq=False)
class Asker:
    """Somebody's account with some rows of each kind."""

    graph: Graph
    key: str
    session: str
    variables: dict[str, dict[str, Any]]

    async def ask(self, name: str) -> str:
        token = self.session if name.startswith("08") else self.key
        return str(await self.graph.ask(read_query(name), api_key=token, **self.variables.get(name, {})))


@pytest.mark.feature("R12", "CU12")
@pytest.mark.usefixtures("answered_once")
async def test_many_rows_cost_as_many_statements_as_few(
    settings: Settings, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_one_size: list[str] = []
    dearer: dict[str, list[Counter[str]]] = {}
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            few, many = [await open_account(graph, pool, count) for count in (FEW, MANY)]
            for name in QUERIES:
                if len(await many.ask(name)) <= 2 * len(await few.ask(name)):
                    of_one_size.append(name)
                costs: dict[Asker, list[list[str]]] = {few: [], many: []}
                for _ in range(TRIES):
                    for asker, asked in costs.items():
                        statements.clear()
                        await asker.ask(name)
                        asked.append(sorted(statements))
                    if {len(cost) for cost in costs[few]} & {len(cost) for cost in costs[many]}:
                        break
                else:
                    dearer[name] = [Counter(asked[-1]) for asked in costs.values()]

    assert of_one_size == OF_ONE_SIZE  # else a query would not have asked for what there is more of
    assert dearer == {}


async def open_account(graph: Graph, pool: asyncpg.Pool, rows: int) -> Asker:
    account = await make_brand(f"brand-{rows}")
    variables = await populate(account, pool, rows)
    key = (await create_api_key(account.id, "test", [Scope.ADMIN])).token
    creator = await Creator.filter(account=account).order_by("id").first()
    assert creator is not None
    return Asker(graph, key, await open_creator_session(graph, key, creator), variables)
