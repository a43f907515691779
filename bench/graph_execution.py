"""1,000 nodes of eight fields, executed by stock Strawberry and as the api does, side by side in this process."""

import asyncio
import datetime as dt
import time
from statistics import median
from typing import Final, NamedTuple

import strawberry
from strawberry.extensions import ParserCache, ValidationCache

from api.execution import Execution
from bench.figures import Figure, Gate, Table
from bench.programs import BenchError

NODES: Final = 1_000
TIMES_A_ROUND: Final = 4
FIELDS: Final = "id slug targetUrl title clicks uniqueClicks isActive createdAt"
LIST: Final = f"{{ links {{ {FIELDS} }} }}"
CONNECTION: Final = f"{{ connection {{ edges {{ cursor node {{ {FIELDS} }} }} pageInfo {{ hasNextPage }} }} }}"
SMALL: Final = "{ connection { pageInfo { hasNextPage } } }"
GATES: Final = {LIST: Gate(3, 5), CONNECTION: Gate(2, 2.7), SMALL: Gate(4, 8)}
NAMES: Final = {LIST: "list_vs_stock", CONNECTION: "connection_vs_stock", SMALL: "small_vs_stock"}


@strawberry.type
class Link:
    id: strawberry.ID
    slug: str
    target_url: str
    title: str | None
    clicks: int
    unique_clicks: int
    is_active: bool
    created_at: dt.datetime


@strawberry.type
class Edge:
    cursor: str
    node: Link


@strawberry.type
class PageInfo:
    has_next_page: bool


@strawberry.type
class Connection:
    edges: list[Edge]
    page_info: PageInfo


def make_link(number: int) -> Link:
    return Link(
        id=strawberry.ID(f"TGluazo{number}"),
        slug=f"slug{number}",
        target_url=f"https://brand.example/products/{number}?colour=red",
        title=None if number % 3 else f"Product {number}",
        clicks=number * 7,
        unique_clicks=number * 5,
        is_active=number % 2 == 0,
        created_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number),
    )


LINKS: Final = [make_link(number) for number in range(NODES)]
PAGE: Final = Connection(
    edges=[Edge(cursor=f"c{number}", node=link) for number, link in enumerate(LINKS)],
    page_info=PageInfo(has_next_page=False),
)


@strawberry.type
class Query:
    @strawberry.field
    async def links(self) -> list[Link]:
        return LINKS

    @strawberry.field
    async def connection(self) -> Connection:
        return PAGE


STOCK: Final = strawberry.Schema(Query)
OURS: Final = strawberry.Schema(
    Query,
    execution_context_class=Execution,
    extensions=[lambda: ParserCache(maxsize=100), lambda: ValidationCache(maxsize=100)],
)


class Executed(NamedTuple):
    """Milliseconds of CPU of each round."""

    query: str
    stock: list[float]
    ours: list[float]

    @property
    def ratios(self) -> list[float]:
        return [stock / ours for stock, ours in zip(self.stock, self.ours, strict=True)]


def compare_execution(rounds: int) -> tuple[Table, list[Figure]]:
    executed = asyncio.run(_compare(rounds))
    rows = [
        [NAMES[each.query], f"{median(each.stock):.2f}", f"{median(each.ours):.2f}", f"{median(each.ratios):.2f}"]
        for each in executed
    ]
    title = f"Execution alone: {NODES:,} nodes of 8 fields, ms of CPU, without a database"
    figures = [Figure.median(NAMES[each.query], each.ratios, GATES[each.query]) for each in executed]
    return Table(title, ["answer", "stock", "ours", "stock ÷ ours"], rows), figures


async def _compare(rounds: int) -> list[Executed]:
    executed = [Executed(query, [], []) for query in NAMES]
    for each in executed:
        if (await STOCK.execute(each.query)).data != (await OURS.execute(each.query)).data:
            raise BenchError(f"two answers to {each.query}")
        for _ in range(rounds):
            each.stock.append(await _measure(STOCK, each.query))
            each.ours.append(await _measure(OURS, each.query))
    return executed


async def _measure(schema: strawberry.Schema, query: str) -> float:
    times = TIMES_A_ROUND * (50 if query is SMALL else 1)
    started_at = time.process_time()
    for _ in range(times):
        await schema.execute(query)
    return (time.process_time() - started_at) / times * 1000
