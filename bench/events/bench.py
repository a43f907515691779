"""`./dev bench events`: a thousand subscribers on one api, how late they are told, and what it costs the api."""

import asyncio
import math
from collections.abc import Callable
from statistics import median
from typing import Final

from bench.account import fill_account
from bench.events.lateness import Receipt, spread, spread_of
from bench.events.plan import WHOLE
from bench.events.proving import prove_that_nothing_is_lost
from bench.events.running import CLICKS_PER_S, Seen, measure
from bench.figures import Figure, Gate, Outcome, Table
from bench.service import open_service
from bench.stores import open_stores

SECONDS: Final = 600
SUBSCRIBERS: Final = 1_000
LINKS: Final = 1_000
EARLY: Final = 0.3  # of the steady time: 3 of 10 minutes
RSS_WIDTH_S: Final = 10.0
NOBODY_MISSES: Final = Gate(0, is_ceiling=True)
P99_GATE: Final = Gate(1_000, is_ceiling=True)
RSS_GATE: Final = Gate(1.1, is_ceiling=True)
SLOW_GATE: Final = Gate(1.5, is_ceiling=True)
REVOKED_GATE: Final = Gate(1_000, is_ceiling=True)
# pg_xact_commit_timestamp needs it; a few bytes of each transaction
POSTGRES_OPTIONS: Final = {"track_commit_timestamp": "on"}
PROGRAMS: Final = ("worker --ingest", "api")
PROCESS_HEADER: Final = ["process", "of a core", "waited for one", "at first, MB", "at last, MB"]
NOTES: Final = (
    "Lateness is from the commit of the click's transaction, as PostgreSQL noted it, to the subscriber's receipt.\n"
    "`events_missing` and `events_repeated` compare what each subscriber was told with what the log holds for it,\n"
    "over the whole run; `events_orders` counts in how many orders the subscribers to the whole account heard it."
)


def run(rounds: int, seconds: int = SECONDS, subscribers: int = SUBSCRIBERS) -> Outcome:
    with open_stores(POSTGRES_OPTIONS) as stores:
        account = asyncio.run(fill_account(stores.make_settings().database_url, LINKS))
        allowed = str(2 * (subscribers + WHOLE))
        with open_service(stores, account, PROGRAMS, STREAMS_PER_KEY=allowed) as service:
            seen = measure(stores, service, subscribers, seconds, rounds)
    outcome = _describe(seen, seconds, subscribers)
    if seconds >= SECONDS:
        table, figures = prove_that_nothing_is_lost()
        outcome.tables.append(table)
        outcome.figures.extend(figures)
    return outcome


def _describe(seen: Seen, seconds: int, subscribers: int) -> Outcome:
    title = f"{CLICKS_PER_S} clicks/s for {seconds} s; {subscribers} subscribers to one link each, {WHOLE} to all"
    return Outcome(
        "events",
        tables=[
            Table(title, ["told", "receipts", "p50 ms", "p99 ms", "longest ms"], _describe_lateness(seen)),
            Table("Meanwhile", PROCESS_HEADER, _describe_processes(seen)),
            Table(
                "With one subscriber more, which reads one message a second, and without",
                ["round", "p99 ms without", "p99 ms with", "ratio", "read by the slow one"],
                _describe_rounds(seen),
            ),
            Table(
                "From `revokeApiKey` to the end of its streams",
                ["transport", "streams", "median ms", "longest ms"],
                [[each.transport, str(len(each.ms)), f"{median(each.ms):.0f}", f"{max(each.ms):.0f}"]
                 for each in seen.revoked],
            ),
        ],
        figures=_make_figures(seen, seconds),
        notes=[NOTES, *seen.received.lost[:5]],
        details={"told": seen.received.told, "lost": len(seen.received.lost)},
    )  # fmt: skip


def _describe_lateness(seen: Seen) -> list[list[str]]:
    steady = seen.steady.choose(seen.told.receipts)
    one, whole = ([each for each in steady if each.is_whole is is_whole] for is_whole in (False, True))
    named: list[tuple[str, list[Receipt], Callable[[Receipt], float]]] = [
        ("of one link", one, lambda each: each.since_stored_ms),
        ("of the whole account", whole, lambda each: each.since_stored_ms),
        ("all", steady, lambda each: each.since_stored_ms),
        ("all, since the event was in the log", steady, lambda each: each.since_logged_ms),
    ]
    return [
        [name, f"{len(receipts):,}", *(f"{value:.0f}" for value in spread_of(receipts, measured))]
        for name, receipts, measured in named
    ]


def _describe_processes(seen: Seen) -> list[list[str]]:
    return [
        [
            name,
            *(f"{share:.0%}" for share in watched.read_shares(seen.steady)),
            f"{watched.samples[0].rss_mb:.0f}",
            f"{watched.read_rss_mb(seen.steady.end_s, RSS_WIDTH_S):.0f}",
        ]
        for name, watched in seen.watched.items()
    ]


def _find_rounds(seen: Seen) -> list[tuple[float, float]]:
    """p99 in ms, without and with the slow subscriber."""
    return [
        (
            spread_of(each.without.choose(seen.told.receipts), lambda receipt: receipt.since_stored_ms).p99,
            spread_of(each.with_slow.choose(seen.told.receipts), lambda receipt: receipt.since_stored_ms).p99,
        )
        for each in seen.rounds
    ]


def _describe_rounds(seen: Seen) -> list[list[str]]:
    return [
        [str(number + 1), f"{without:.0f}", f"{with_it:.0f}", f"{with_it / without:.2f}", _describe_slow(seen, number)]
        for number, (without, with_it) in enumerate(_find_rounds(seen))
    ]


def _describe_slow(seen: Seen, number: int) -> str:
    reader = seen.slow[number]
    return f"{reader.read}{', then ' + reader.ends[0] if reader.ends else ''}"


def _make_figures(seen: Seen, seconds: int) -> list[Figure]:
    steady = spread_of(seen.steady.choose(seen.told.receipts), lambda each: each.since_stored_ms)
    api = seen.watched["api"]
    early_s = seen.steady.start_s + EARLY * seconds
    early_mb, late_mb = (api.read_rss_mb(at_s, RSS_WIDTH_S) for at_s in (early_s, seen.steady.end_s))
    cores, waited = api.read_shares(seen.steady)
    told_per_s = sum(seen.steady.covers(each.received_at_s) for each in seen.told.receipts) / seconds
    lag = spread(seen.received.lags_ms)
    ratios = [with_it / without for without, with_it in _find_rounds(seen)]
    return [
        Figure("events_p50_ms", steady.p50),
        Figure("events_p99_ms", steady.p99, P99_GATE),
        Figure("events_longest_ms", steady.longest),
        Figure("events_missing", seen.told.missing, NOBODY_MISSES),
        Figure("events_repeated", seen.told.repeated, NOBODY_MISSES),
        Figure("events_orders", len(set(seen.received.digests)), Gate(1, is_ceiling=True)),
        Figure("events_connections_lost", len(seen.received.lost), NOBODY_MISSES),
        Figure("events_rss_early_mb", early_mb),
        Figure("events_rss_late_mb", late_mb),
        Figure("events_rss_ratio", late_mb / early_mb, RSS_GATE if seconds >= SECONDS else None),
        Figure("events_rss_peak_mb", api.find_peak_mb()),
        Figure("events_api_cores", cores),
        Figure("events_api_waited", waited),
        Figure("events_api_us_a_message", cores / told_per_s * 1e6 if told_per_s else math.inf),
        Figure.median("events_slow_ratio", ratios, SLOW_GATE),
        Figure("events_revoked_max_ms", max(max(each.ms) for each in seen.revoked), REVOKED_GATE),
        Figure("events_client_lag_p99_ms", lag.p99),
        Figure("events_client_cores", seen.received.cpu_s / seen.received.seconds),
        Figure("events_fed_latest_ms", seen.fed_latest_ms),
    ]
