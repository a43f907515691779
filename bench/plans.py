"""`./dev bench plans`: how PostgreSQL answers what the programs really ask, on tables of a size that shows."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import asyncpg

from bench.account import BenchAccount, fill_account
from bench.browsers import make_header_sets
from bench.figures import Outcome
from bench.graph import QUERIES, store_month
from bench.graph_client import open_graph
from bench.service import Service, open_service
from bench.statements import Statement, log_statements
from bench.stores import Stores, open_stores
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.store import store_conversions
from tracking.database import open_pool
from tracking.reports.fold_outcomes import fold_all_outcomes

LINKS = 20_000
# What names one of these is of interest; the rest is housekeeping and small.
HOT_TABLES = re.compile(
    r"\b(link|click|unique_click|rollup|rollup_delta|change_log|event_log|event_outbox"
    r"|conversion|conversion_\w+|outcome_rollup|outcome_delta)\b"
)
EXPLAINABLE = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
OF_A_SESSION = re.compile(r"\bincoming_\w+")  # a temporary table of the worker's: nobody else can plan with it
LISTEN_S = 3
STORED_AT_ONCE = 500
DAY_MS = 24 * 60 * 60 * 1_000
CONVERSION = "{ id status receipt { model } corrections { id } ledger(first: 5) { nodes { at } } }"
OF_CONVERSIONS = (
    f"{{ conversions(first: 100) {{ nodes {CONVERSION} }} }}",
    f"{{ conversions(first: 100, filter: {{isInInbox: true}}) {{ nodes {CONVERSION} }} }}",
    "{ clicks(first: 100) { nodes { id conversions { id } } } }",
    "{ viewer { account { report(range: {preset: LAST_30_DAYS}) { totals { conversions netValue { amount } } } } } }",
)


def run(rounds: int) -> Outcome:  # noqa: ARG001 -- plans need no rounds; every bench is called alike
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.postgres.url, LINKS))
        asyncio.run(store_month(stores, account))
        asyncio.run(_store_orders(stores, account))
        with open_service(stores, account) as service:
            asked = asyncio.run(_listen(stores, service, account))
        notes = asyncio.run(_explain_all(stores, asked))
    return Outcome("plans", notes=notes)


async def _store_orders(stores: Stores, account: BenchAccount) -> None:
    """One of each link, as a brand's server tells of them."""
    at_ms = now_ms() - DAY_MS
    events = [
        ConversionEvent(
            received_at_ms=at_ms + number,
            account_id=account.account_id,
            source=Source.GRAPH.value,
            proof=Proof.API_KEY.value,
            event="sale",
            txn_id=f"stored-{number}",
            part="",
            revenue="12.50",
            currency="EUR",
            occurred_at_ms=None,
            click_ids=[],
            visitor_keys=[],
            link_id=link.link_id,
            offer_id=None,
            coupon="",
        )
        for number, link in enumerate(account.links)
    ]
    pool = await open_pool(stores.make_settings())
    try:
        for start in range(0, len(events), STORED_AT_ONCE):
            await store_conversions(pool, events[start : start + STORED_AT_ONCE], backfill=True)
        await fold_all_outcomes(pool)
        await pool.execute("ANALYZE")
    finally:
        await pool.close()


async def _listen(stores: Stores, service: Service, account: BenchAccount) -> list[Statement]:
    """What is asked while links are followed, sales reported, counts folded and the graph is read."""
    async with open_graph(service.api_port, service.api_key) as graph, log_statements(stores) as log:
        for slug, headers in zip(account.slugs, make_header_sets(), strict=False):
            target = await asyncio.to_thread(service.click, slug, headers)
            [click_id] = parse_qs(urlsplit(target).query)["ct"]
            await asyncio.to_thread(service.report, click_id, slug)
        for query in (*QUERIES.values(), *OF_CONVERSIONS):
            await graph.ask(query)
        await asyncio.sleep(LISTEN_S)  # for what is asked by the clock
    return log.statements


async def _explain_all(stores: Stores, asked: list[Statement]) -> list[str]:
    distinct = {statement.sql: statement for statement in asked}
    hot = [each for each in distinct.values() if _is_of_interest(each.sql)]
    connection = await asyncpg.connect(stores.postgres.url)
    try:
        return [await _explain(connection, number, statement) for number, statement in enumerate(hot)]
    finally:
        await connection.close()


def _is_of_interest(sql: str) -> bool:
    return bool(EXPLAINABLE.match(sql) and HOT_TABLES.search(sql) and not OF_A_SESSION.search(sql))


async def _explain(connection: asyncpg.Connection, number: int, statement: Statement) -> str:
    """The plan with the parameters that were really sent. Everything it changes is taken back."""
    name = f"asked_{number}"
    arguments = f"({', '.join(statement.parameters)})" if statement.parameters else ""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(f"PREPARE {name} AS {statement.sql}")
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE {name}{arguments}")
    finally:
        await transaction.rollback()
    await connection.execute(f"DEALLOCATE {name}")
    plan = "\n".join(row[0] for row in rows)
    return f"{statement.sql.strip()}\n\n{plan}\n{'=' * 100}"
