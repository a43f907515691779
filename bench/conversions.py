"""`./dev bench conversions`: a report of a conversion that is durable before its answer, against a bare 200."""

import asyncio
from statistics import median

from bench.account import fill_account
from bench.figures import Figure, Gate, Outcome, Table, format_number
from bench.redirect.site import OURS, Measurement, Site, run_plain, run_redirector
from bench.rounds import Pair, measure_in_pairs
from bench.stores import Stores, open_stores
from bench.wrk import CONNECTIONS, require_wrk
from tracking.clicks.ids import ClickIdMint
from tracking.clicks.tokens import ClickTokens
from tracking.clock import now_ms

BARE = "bare_ok"
REPORTS = 5_000
LINKS = 1_000
SECONDS = 2
RATE_GATE = Gate(0.4)
HEADER = ["server", "req/s", "÷ bare", "p50 ms", "p99 ms", "cpu µs", "redis µs", "wrk's share of a core"]


def run(rounds: int) -> Outcome:
    require_wrk()
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        with run_plain(stores, BARE) as bare, run_redirector(stores) as ours:
            pairs = _measure(Site(stores, account, {BARE: bare, OURS: ours}), rounds)
    rates = [pair.variant.per_s / pair.reference.per_s for pair in pairs]
    cpu = [pair.variant.cpu_us / pair.reference.cpu_us for pair in pairs]
    title = (
        f"GET /conv: wrk -t1 -c{CONNECTIONS}, {REPORTS} reports in turn, {rounds} paired rounds of {SECONDS} s, medians"
    )
    rows = [
        _describe(BARE, [pair.reference for pair in pairs], 1),
        _describe(OURS, [pair.variant for pair in pairs], median(rates)),
    ]
    return Outcome(
        "conversions",
        tables=[Table(title, HEADER, rows)],
        figures=[Figure.median("conv_vs_bare", rates, RATE_GATE), Figure.median("conv_cpu_vs_bare", cpu)],
        notes=["Every answer was below 400, and every report of `ours` was found in the stream."],
    )


def _measure(site: Site, rounds: int) -> list[Pair[Measurement]]:
    requests = site.write_requests("reports.requests", _write_reports(site.stores))
    for name in site.servers:
        site.measure(name, requests, 1)  # warms it
    measured = measure_in_pairs(lambda name: site.measure(name, requests, SECONDS), BARE, [OURS], rounds)
    return [pair for _, pair in measured]


def _write_reports(stores: Stores) -> list[str]:
    """The addresses, each with a click id and an order of its own."""
    sign, mint = ClickTokens(stores.make_settings().click_token_keys).sign, ClickIdMint().mint
    return [
        f"conv?click_id={sign(mint(now_ms())).decode()}&txn_id=order-{number}&event=sale&revenue=12.50&currency=EUR"
        for number in range(REPORTS)
    ]


def _describe(name: str, runs: list[Measurement], ratio: float) -> list[str]:
    return [
        name,
        format_number(median(run.per_s for run in runs)),
        f"{ratio:.2f}",
        f"{median(run.load.p50_ms for run in runs):.2f}",
        f"{median(run.load.p99_ms for run in runs):.1f}",
        f"{median(run.cpu_us for run in runs):.1f}",
        f"{median(run.redis_cpu_us for run in runs):.1f}",
        f"{median(run.load.generator_share for run in runs):.0%}",
    ]
