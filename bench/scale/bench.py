"""`./dev bench scale`: what one click costs each program and each store, and what a billion a day would take."""

import asyncio
import datetime as dt
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import uvloop

from bench.account import BenchAccount, fill_account
from bench.figures import Figure, Outcome, Table, format_number
from bench.ingest.lists import write_lists
from bench.ingest.queue import prepare_queue
from bench.ingest.traffic import make_clicks
from bench.programs import run_program
from bench.redirect.site import OURS, Measurement, Site, run_redirector
from bench.scale.costs import Costs, find_median
from bench.scale.following import Passage, follow_batch, read_queue_bytes
from bench.scale.needs import describe_needs
from bench.scale.sizes import OF_CLICKS
from bench.stores import open_stores
from bench.wrk import require_wrk
from tracking.clock import utc_now

CLICKS: Final = 20_000
LINKS: Final = 1_000
REDIRECT_S: Final = 3
HOUR: Final = dt.timedelta(hours=1)
PAGE: Final = "scale.md"
MIX: Final = (
    "Redirects: wrk follows 1,000 links. All else: 20,000 clicks of an hour on 1,000 links by Zipf's law, 70 % of\n"
    "visitors new to their link, 2,000 user agents; each batch is stored and folded from empty tables after a\n"
    "checkpoint, and then followed. Hardly a page is older than that checkpoint, so few are written whole: tables of\n"
    "months write more of them, which is not measured here."
)


def run(rounds: int) -> Outcome:
    require_wrk()
    whole = _measure_rounds(rounds, {})
    # the same clicks without whole pages in the WAL: the difference is what these are
    lean = _measure_rounds(1, {"full_page_writes": "off"})
    costs = [_add_up(each, lean.passages[0], whole) for each in whole.passages]
    found = find_median(costs)
    return Outcome(
        "scale",
        page=PAGE,
        tables=[
            _describe_cpu(found),
            _describe_bytes(found),
            _describe_tables(whole.passages[-1]),
            describe_needs(found),
        ],
        figures=[
            Figure.median("ingest_per_s", [each.ingest_per_s for each in costs]),
            Figure.median("followers_per_s", [each.followers_per_s for each in costs]),
            Figure.median("wal_bytes_per_click", [each.wal for each in costs]),
            Figure.median("stored_bytes_per_click", [each.clicks_bytes for each in costs]),
        ],
        notes=[MIX],
    )


class _Rounds:
    def __init__(self) -> None:
        self.redirects: list[Measurement] = []
        self.passages: list[Passage] = []
        self.queue_memory = self.queue_file = 0.0


def _measure_rounds(rounds: int, options: dict[str, str]) -> _Rounds:
    measured = _Rounds()
    with open_stores(options) as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        clicks = make_clicks(account, CLICKS, utc_now().replace(minute=0, second=0, microsecond=0) - HOUR, HOUR)
        with stores.open_redis() as client:
            prepare_queue(client, clicks)
            measured.queue_memory, measured.queue_file = read_queue_bytes(client)
        environment = stores.make_environment(**write_lists(stores.folder / "lists"))
        with ExitStack() as running:
            ingest, jobs = (
                running.enter_context(
                    run_program(role, ["creatrail", "worker", f"--{role}"], environment, stores.folder / f"{role}.log")
                )
                for role in ("ingest", "jobs")
            )
            uvloop.run(follow_batch(stores, ingest, jobs, CLICKS))  # not measured: user agents are known afterwards
            for _ in range(rounds):
                measured.passages.append(uvloop.run(follow_batch(stores, ingest, jobs, CLICKS)))
        if not options:
            with run_redirector(stores) as server:
                measured.redirects = _measure_redirects(Site(stores, account, {OURS: server}), account, rounds)
    return measured


def _measure_redirects(site: Site, account: BenchAccount, rounds: int) -> list[Measurement]:
    requests = site.write_requests("requests", account.slugs)
    site.measure(OURS, requests, 1)  # not measured: links are in memory afterwards
    return [site.measure(OURS, requests, REDIRECT_S) for _ in range(rounds)]


def _add_up(passage: Passage, lean: Passage, rounds: _Rounds) -> Costs:
    storing, following = passage.storing, passage.following
    redirect = find_median_redirect(rounds.redirects)
    wal = storing.wal_bytes + following.wal_bytes
    lean_wal = lean.storing.wal_bytes + lean.following.wal_bytes
    micro = 1e6 / CLICKS
    return Costs(
        redirector_cpu=redirect.cpu_us,
        ingest_cpu=storing.worker_cpu_s * micro,
        jobs_cpu=following.worker_cpu_s * micro,
        redis_cpu=redirect.redis_cpu_us + storing.redis_cpu_s * micro,
        postgres_cpu=storing.postgres_cpu_s * micro,
        postgres_jobs_cpu=following.postgres_cpu_s * micro,
        redis_memory=rounds.queue_memory / CLICKS,
        redis_file=rounds.queue_file / CLICKS,
        wal=wal / CLICKS,
        wal_page_images=max(wal - lean_wal, 0) / CLICKS,
        clicks_bytes=sum(passage.sizes[name].total for name in OF_CLICKS) / CLICKS,
        log_bytes=passage.sizes["event_log"].total / CLICKS,
        ingest_per_s=CLICKS / storing.elapsed_s,
        followers_per_s=CLICKS / following.elapsed_s,
    )


def find_median_redirect(measured: Sequence[Measurement]) -> Measurement:
    return sorted(measured, key=lambda each: each.cpu_us)[len(measured) // 2]


def _describe_cpu(costs: Costs) -> Table:
    rows = [
        ["redirector", f"{costs.redirector_cpu:.1f}"],
        ["worker, ingest and fold", f"{costs.ingest_cpu:.1f}"],
        ["worker, jobs that follow", f"{costs.jobs_cpu:.1f}"],
        ["PostgreSQL, storing, folding, relaying", f"{costs.postgres_cpu:.1f}"],
        ["PostgreSQL, for the jobs", f"{costs.postgres_jobs_cpu:.1f}"],
        ["Redis, in and out", f"{costs.redis_cpu:.1f}"],
    ]
    return Table("CPU of one click, medians", ["program", "µs of a core"], rows)


def _describe_bytes(costs: Costs) -> Table:
    share = costs.wal_page_images / costs.wal
    rows = [
        ["Redis memory while it waits", format_number(costs.redis_memory)],
        ["append-only file", format_number(costs.redis_file)],
        ["WAL", format_number(costs.wal)],
        ["of that, whole pages", f"{format_number(costs.wal_page_images)} ({share:.0%})"],
        ["rows and indexes that live as long as clicks", format_number(costs.clicks_bytes)],
        ["event log", format_number(costs.log_bytes)],
    ]
    return Table("Bytes of one click, medians", ["where", "bytes"], rows)


def _describe_tables(passage: Passage) -> Table:
    rows = [
        [name, f"{size.heap / CLICKS:.1f}", f"{size.indexes / CLICKS:.1f}", f"{size.total / 1e6:.1f}"]
        for name, size in passage.sizes.items()
    ]
    title = f"PostgreSQL after {CLICKS:,} clicks; rollups grow with links and hours, not with clicks"
    return Table(title, ["table", "heap bytes ÷ clicks", "index bytes ÷ clicks", "MB in all"], rows)
