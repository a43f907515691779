"""Links that the redirector has not seen yet: how fast they are answered, and what 100,000 of them weigh."""

from statistics import median

from bench.account import BenchAccount
from bench.browsers import make_header_sets
from bench.figures import Figure, Gate, Table, format_number
from bench.programs import BenchError
from bench.redirect.site import OURS, Measurement, Site, run_redirector
from bench.rounds import Pair
from bench.stores import Stores
from bench.wrk import send_once, write_requests
from tracking.streams import CLICK_STREAM

SECONDS = 2
LINKS_A_ROUND = 30_000
MEMORY_LINKS = 100_000

RATE_GATE = Gate(0.12)
MEMORY_GATE = Gate(110, is_ceiling=True)


def plan_cold_links(rounds: int) -> int:
    return rounds * LINKS_A_ROUND


def measure_cold(site: Site, warm_slugs: list[str], cold_slugs: list[str], rounds: int) -> tuple[Table, Figure]:
    """Every request names a link that was never asked for before."""
    warm = site.write_requests("warm.requests", warm_slugs)
    pairs: list[Pair[Measurement]] = []
    for number in range(rounds):
        fresh = cold_slugs[number * LINKS_A_ROUND : (number + 1) * LINKS_A_ROUND]
        bare = site.measure("bare", warm, SECONDS)
        pairs.append(Pair(bare, _measure_fresh(site, fresh)))
    ratios = [pair.variant.per_s / pair.reference.per_s for pair in pairs]
    runs = [pair.variant for pair in pairs]
    row = [
        "ours, every link new",
        format_number(median(run.per_s for run in runs)),
        f"{median(ratios):.2f}",
        f"{median(run.load.p50_ms for run in runs):.2f}",
        f"{median(run.load.p99_ms for run in runs):.1f}",
        f"{median(run.cpu_us for run in runs):.1f}",
    ]
    header = ["server", "req/s", "÷ bare", "p50 ms", "p99 ms", "cpu µs"]
    return Table("Cold links", header, [row]), Figure.median("cold_vs_bare", ratios, RATE_GATE)


def _measure_fresh(site: Site, fresh: list[str]) -> Measurement:
    measured = site.measure(OURS, site.write_requests("cold.requests", fresh), SECONDS)
    if measured.load.requests > len(fresh):
        raise BenchError(f"only {len(fresh)} new links for {measured.load.requests} requests: some were warm")
    return measured


def measure_memory(stores: Stores, account: BenchAccount) -> Figure:
    """The resident size of a redirector that holds 100,000 links, each followed once."""
    slugs = account.slugs[:MEMORY_LINKS]
    requests = write_requests(stores.folder / "all.requests", account.host, slugs, make_header_sets())
    with run_redirector(stores) as server, stores.open_redis() as client:
        client.delete(CLICK_STREAM)
        send_once(server.port, requests, lambda: client.xlen(CLICK_STREAM) >= MEMORY_LINKS)
        rss_mb = server.program.read_rss_mb()
        client.delete(CLICK_STREAM)
    return Figure("rss_100k_links_mb", rss_mb, MEMORY_GATE)
