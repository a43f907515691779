"""`./dev bench graph`: what a front-end waits for, and how many SQL statements answer it, through the real api."""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.account import BenchAccount, fill_account
from bench.figures import Figure, Outcome, Table
from bench.graph_client import GraphClient, open_graph
from bench.graph_execution import compare_execution
from bench.ingest.backfill import store_all
from bench.ingest.traffic import make_clicks
from bench.service import open_service
from bench.statements import log_statements
from bench.stores import Stores, open_stores
from tracking.clicks.user_agents import UserAgents
from tracking.clock import utc_now
from tracking.database import open_pool

LINKS = 1_000
CLICKS = 50_000
SPAN = dt.timedelta(days=30)
ASKED_A_ROUND = 5

METRICS = "totalClicks humanClicks countedClicks uniqueClicks repeatClicks"
LINK_PAGE = f"{{ edges {{ node {{ id shortUrl slug label kind totals {{ {METRICS} }} }} }} }}"
CREATOR_PAGE = f"{{ edges {{ node {{ id stage creator {{ handle }} }} performance {{ metrics {{ {METRICS} }} }} }} }}"
SERIES = f"{{ totals {{ {METRICS} }} series(grain: DAY) {{ at metrics {{ {METRICS} }} }} }}"
THOUSAND = "1,000 links with totals"
QUERIES = {
    "100 links with totals": f"{{ links(first: 100) {LINK_PAGE} }}",
    THOUSAND: f"{{ links(first: 1000) {LINK_PAGE} }}",
    "a campaign's creators by unique clicks": (
        "{ campaigns(first: 1) { edges { node { creators(first: 100, orderBy: {field: UNIQUE_CLICKS, direction: DESC})"
        f" {CREATOR_PAGE} }} }} }} }}"
    ),
    "the account's 30 days": f"{{ viewer {{ account {{ report(range: {{preset: LAST_30_DAYS}}) {SERIES} }} }} }}",
}


@dataclass(frozen=True)
class Answer:
    name: str
    ms: Sequence[float]
    statements: int


def run(rounds: int) -> Outcome:
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        asyncio.run(store_month(stores, account))
        with open_service(stores, account, programs=["api"]) as service:
            answers = asyncio.run(_measure(stores, service.api_port, service.api_key, rounds * ASKED_A_ROUND))
    header = ["query", "median ms", "slowest ms", "SQL statements"]
    rows = [[each.name, f"{median(each.ms):.1f}", f"{max(each.ms):.1f}", str(each.statements)] for each in answers]
    title = f"Queries over HTTP: {LINKS:,} links, {CLICKS:,} clicks of {SPAN.days} days"
    thousand = next(each for each in answers if each.name == THOUSAND)
    execution, ratios = compare_execution(rounds)
    return Outcome(
        "graph",
        tables=[Table(title, header, rows), execution],
        figures=[
            *ratios,
            Figure.median("graph_1000_links_ms", thousand.ms),
            Figure("graph_1000_links_statements", thousand.statements),
        ],
        notes=["Statements are counted in PostgreSQL's own log; looking up the API key is among them."],
    )


async def store_month(stores: Stores, account: BenchAccount) -> None:
    pool = await open_pool(stores.make_settings())
    try:
        await store_all(pool, UserAgents(), make_clicks(account, CLICKS, utc_now() - SPAN, SPAN))
        await pool.execute("ANALYZE")
    finally:
        await pool.close()


async def _measure(stores: Stores, port: int, api_key: str, times: int) -> list[Answer]:
    async with open_graph(port, api_key) as graph:
        return [await _measure_query(stores, graph, name, times) for name in QUERIES]


async def _measure_query(stores: Stores, graph: GraphClient, name: str, times: int) -> Answer:
    query = QUERIES[name]
    await graph.ask(query)  # parsed, validated and planned from here on
    ms: list[float] = []
    for _ in range(times):
        started_at = time.perf_counter()
        await graph.ask(query)
        ms.append((time.perf_counter() - started_at) * 1000)
    async with log_statements(stores) as log:
        await graph.ask(query)
    return Answer(name, ms, len(log.statements))
