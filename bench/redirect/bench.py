"""`./dev bench redirect`: a redirect whose click is durable, against a bare one, a plain route and an awaited XADD."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from bench.account import BenchAccount, fill_account
from bench.figures import Figure, Gate, Outcome, Table, format_number
from bench.redirect.cold import MEMORY_LINKS, measure_cold, measure_memory, plan_cold_links
from bench.redirect.importing import measure_imports
from bench.redirect.site import OURS, PLAIN, Measurement, Site, open_site
from bench.rounds import Pair, measure_in_pairs
from bench.stores import open_stores
from bench.wrk import CONNECTIONS, require_wrk

BARE = "bare"
VARIANTS = (OURS, *(name for name in PLAIN if name != BARE))
WARM_LINKS = 1_000
SECONDS = 2

RATE_GATE = Gate(0.58, ambition=0.65)
CPU_GATE = Gate(1.7, ambition=1.55, is_ceiling=True)

Pairs = list[Pair[Measurement]]


def run(rounds: int) -> Outcome:
    require_wrk()
    with open_stores() as stores:
        links = max(WARM_LINKS + plan_cold_links(rounds), MEMORY_LINKS)
        account = asyncio.run(fill_account(stores.make_settings().database_url, links))
        with open_site(stores, account) as site:
            outcome = _measure_warm(site, account, rounds)
            cold_table, cold_figure = measure_cold(site, account.slugs[:WARM_LINKS], account.slugs[WARM_LINKS:], rounds)
        outcome.tables.append(cold_table)
        outcome.figures += [cold_figure, measure_memory(stores, account), measure_imports(rounds)]
    return outcome


def _measure_warm(site: Site, account: BenchAccount, rounds: int) -> Outcome:
    requests = site.write_requests("warm.requests", account.slugs[:WARM_LINKS])
    for name in (*PLAIN, OURS):
        site.measure(name, requests, 1, is_checked=True)  # warms it, and every answer is looked at
    pairs: dict[str, Pairs] = defaultdict(list)
    measured = measure_in_pairs(lambda name: site.measure(name, requests, SECONDS), BARE, VARIANTS, rounds)
    for name, pair in measured:
        pairs[name].append(pair)
    title = f"Redirects: wrk -t1 -c{CONNECTIONS}, {WARM_LINKS} links, {rounds} paired rounds of {SECONDS} s, medians"
    return Outcome(
        "redirect",
        tables=[Table(title, HEADER, [_describe_bare(pairs), *(_describe(name, pairs[name]) for name in VARIANTS)])],
        figures=[
            Figure.median("redirect_vs_bare", _compare_rates(pairs[OURS]), RATE_GATE),
            Figure.median("redirect_cpu_vs_bare", _compare_cpu(pairs[OURS]), CPU_GATE),
            Figure("redirect_vs_route", median(_compare_rates(pairs[OURS])) / median(_compare_rates(pairs["route"]))),
            Figure(
                "redirect_vs_awaited_xadd",
                median(_compare_rates(pairs[OURS])) / median(_compare_rates(pairs["awaited_xadd"])),
            ),
        ],
        notes=["Every answer was a 302, and every click of `ours` and `awaited_xadd` was found in its stream."],
    )


HEADER = ["server", "req/s", "÷ bare", "p50 ms", "p99 ms", "cpu µs", "cpu ÷ bare", "redis µs", "wrk's share of a core"]


def _describe(name: str, pairs: Pairs) -> list[str]:
    rates, cpu = median(_compare_rates(pairs)), median(_compare_cpu(pairs))
    return _describe_row(name, [pair.variant for pair in pairs], rates, cpu)


def _describe_bare(pairs: dict[str, Pairs]) -> list[str]:
    return _describe_row(BARE, [pair.reference for each in pairs.values() for pair in each], 1, 1)


def _describe_row(name: str, runs: Sequence[Measurement], rate_ratio: float, cpu_ratio: float) -> list[str]:
    return [
        name,
        format_number(median(run.per_s for run in runs)),
        f"{rate_ratio:.2f}",
        f"{median(run.load.p50_ms for run in runs):.2f}",
        f"{median(run.load.p99_ms for run in runs):.1f}",
        f"{median(run.cpu_us for run in runs):.1f}",
        f"{cpu_ratio:.2f}",
        f"{median(run.redis_cpu_us for run in runs):.1f}",
        f"{median(run.load.generator_share for run in runs):.0%}",
    ]


def _compare_rates(pairs: Pairs) -> list[float]:
    return [pair.variant.per_s / pair.reference.per_s for pair in pairs]


def _compare_cpu(pairs: Pairs) -> list[float]:
    return [pair.variant.cpu_us / pair.reference.cpu_us for pair in pairs]
