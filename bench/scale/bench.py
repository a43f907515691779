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
from bench.scale.buying import EVERY, make_reports, prepare_reports
from bench.scale.costs import Costs, find_median
from bench.scale.following import Passage, follow_batch, read_queue_bytes
from bench.scale.needs import describe_needs
from bench.scale.sizes import OF_CLICKS
from bench.stores import Stores, open_stores
from bench.wrk import require_wrk
from tracking.clock import utc_now

CLICKS: Final = 40_000  # of a batch
WARMING: Final = 2  # batches that are stored before
LINKS: Final = 1_000
REDIRECT_S: Final = 3
HOUR: Final = dt.timedelta(hours=1)
PAGE: Final = "scale.md"
MIX: Final = (
    f"Redirects: wrk follows 1,000 links. All else: batches of {CLICKS:,} clicks of an hour on 1,000 links by Zipf's\n"
    "law, 70 % of visitors new to their link, 2,000 user agents, and a purchase for each "
    f"{EVERY} clicks. After {WARMING} batches\n"
    "that are not measured, each is stored and folded after a checkpoint, and then followed, as the next hour of the\n"
    "same tables. Whole pages are those that a batch is the first to change after the checkpoint, by pg_waldump:\n"
    "the more clicks between two checkpoints the fewer of each, the larger the indexes the more."
)


def run(rounds: int) -> Outcome:
    require_wrk()
    measured = _measure_rounds(rounds)
    costs = [_add_up(each, measured) for each in measured.passages]
    found = find_median(costs)
    return Outcome(
        "scale",
        page=PAGE,
        tables=[
            _describe_cpu(found),
            _describe_bytes(found),
            _describe_tables(measured.passages[-1]),
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


def _measure_rounds(rounds: int) -> _Rounds:
    measured = _Rounds()
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        environment = stores.make_environment(**write_lists(stores.folder / "lists"))
        with ExitStack() as running:
            ingest, jobs = (
                running.enter_context(
                    run_program(role, ["creatrail", "worker", f"--{role}"], environment, stores.folder / f"{role}.log")
                )
                for role in ("ingest", "jobs")
            )
            batches = WARMING + rounds
            for number in range(batches):
                queue_bytes = _prepare_batch(stores, account, number, batches)
                passage = uvloop.run(follow_batch(stores, ingest, jobs, (number + 1) * CLICKS))
                if number == 0:  # later the file holds other writes, too
                    measured.queue_memory, measured.queue_file = queue_bytes
                if number >= WARMING:
                    measured.passages.append(passage)
        with run_redirector(stores) as server:
            measured.redirects = _measure_redirects(Site(stores, account, {OURS: server}), account, rounds)
    return measured


def _prepare_batch(stores: Stores, account: BenchAccount, number: int, batches: int) -> tuple[float, float]:
    """An hour of clicks, the last of them just over. Returns what they take of Redis' memory and of its file."""
    this_hour = utc_now().replace(minute=0, second=0, microsecond=0)
    clicks = make_clicks(account, CLICKS, this_hour - (batches - number) * HOUR, HOUR, seed=number)
    with stores.open_redis() as client:
        prepare_queue(client, clicks)
        prepare_reports(client, make_reports(clicks))
        return read_queue_bytes(client)


def _measure_redirects(site: Site, account: BenchAccount, rounds: int) -> list[Measurement]:
    requests = site.write_requests("requests", account.slugs)
    site.measure(OURS, requests, 1)  # not measured: links are in memory afterwards
    return [site.measure(OURS, requests, REDIRECT_S) for _ in range(rounds)]


def _add_up(passage: Passage, rounds: _Rounds) -> Costs:
    storing, following = passage.storing, passage.following
    redirect = find_median_redirect(rounds.redirects)
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
        wal=passage.wal.total / CLICKS,
        wal_page_images=passage.wal.whole_pages / CLICKS,
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
    title = f"What {CLICKS:,} more clicks add in PostgreSQL; rollups grow with links and hours, not with clicks"
    return Table(title, ["table", "heap bytes ÷ clicks", "index bytes ÷ clicks", "MB in all"], rows)
