"""`./dev bench ingest`: 100,000 queued clicks by one worker, against COPY of the very rows that it stores."""

import asyncio
import datetime as dt
from collections.abc import Iterator, Sequence
from statistics import median

import asyncpg
import uvloop

from bench.account import fill_account
from bench.figures import Figure, Gate, Outcome, Table, format_number
from bench.ingest.backfill import measure_backfill
from bench.ingest.copying import copy_rows, make_table, read_rows
from bench.ingest.draining import Drain, drain_queue
from bench.ingest.lists import write_lists
from bench.ingest.queue import prepare_queue
from bench.ingest.traffic import make_clicks
from bench.programs import run_program
from bench.stores import Stores, open_stores
from tracking.clicks.event import ClickEvent
from tracking.clock import utc_now

CLICKS = 100_000
LINKS = 1_000
SPREAD = dt.timedelta(days=60)
HOUR = dt.timedelta(hours=1)

GATE = Gate(0.22, ambition=0.28)
NOTE = (
    "Both compare rates of the same 100,000 rows: COPY's seconds ÷ ours. spread_vs_copy has clicks of 60 days, older\n"
    "than the live path takes: the same store function takes them with backfill, in order of time; then the fold."
)


def run(rounds: int) -> Outcome:
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        this_hour = utc_now().replace(minute=0, second=0, microsecond=0)
        drains, copies = _measure_live(stores, make_clicks(account, CLICKS, this_hour - HOUR, HOUR), rounds)
        spread = make_clicks(account, CLICKS, this_hour - SPREAD, SPREAD)
        backfills = uvloop.run(measure_backfill(stores, spread, rounds))
    ratios = [copy_s / drain.elapsed_s for copy_s, drain in zip(copies, drains, strict=True)]
    return Outcome(
        "ingest",
        tables=[_describe(copies, drains)],
        figures=[
            Figure.median("ingest_vs_copy", ratios, GATE),
            Figure.median("ingest_clicks_per_s", [CLICKS / drain.elapsed_s for drain in drains]),
            Figure.median("spread_vs_copy", [copy_s / store_s for copy_s, store_s in backfills]),
            Figure.median("spread_clicks_per_s", [CLICKS / store_s for _, store_s in backfills]),
        ],
        notes=[NOTE],
    )


def _measure_live(stores: Stores, clicks: list[ClickEvent], rounds: int) -> tuple[list[Drain], list[float]]:
    environment = stores.make_environment(**write_lists(stores.folder / "lists"))
    arguments = ["creatrail", "worker", "--ingest"]
    with run_program("worker", arguments, environment, stores.folder / "worker.log") as worker:
        with stores.open_redis() as client:
            prepare_queue(client, clicks)

        async def measure() -> tuple[list[Drain], list[float]]:
            # not measured: it gives the rows to copy, and the worker the user agents that hours of traffic would have
            await drain_queue(stores, worker, CLICKS)
            connection = await asyncpg.connect(stores.make_settings().database_url)
            try:
                rows = await read_rows(connection)
                await make_table(connection)
                drains, copies = [], []
                for _ in range(rounds):
                    copies.append(await copy_rows(connection, rows))
                    drains.append(await drain_queue(stores, worker, CLICKS))
            finally:
                await connection.close()
            return drains, copies

        return uvloop.run(measure())


def _describe(copies: Sequence[float], drains: Sequence[Drain]) -> Table:
    header = ["path", "clicks/s", "worker µs", "postgres µs", "valkey µs"]
    rows = [
        ["COPY of ready rows", format_number(CLICKS / median(copies)), "", "", ""],
        ["one worker", format_number(CLICKS / median(drain.elapsed_s for drain in drains)), *_describe_cpu(drains)],
    ]
    return Table(f"{CLICKS:,} clicks of one hour, {len(drains)} paired rounds, medians; CPU per click", header, rows)


def _describe_cpu(drains: Sequence[Drain]) -> Iterator[str]:
    for name in ("worker_cpu_s", "postgres_cpu_s", "valkey_cpu_s"):
        yield f"{median(getattr(drain, name) for drain in drains) / CLICKS * 1e6:.1f}"
