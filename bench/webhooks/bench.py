"""`./dev bench webhooks`: events to endpoints that fail, with workers killed meanwhile, against a bare client loop."""

import asyncio
import base64
import time
from collections import Counter
from statistics import median
from typing import NamedTuple

import asyncpg
import uvloop

from bench.account import BenchAccount, fill_account
from bench.figures import Figure, Gate, Outcome, Table, format_number
from bench.programs import BenchError
from bench.rounds import Pair, measure_in_pairs
from bench.stores import Stores, find_free_port, open_stores
from bench.webhooks.bare import Post, post_all
from bench.webhooks.disturbing import KILLED_AT, RESTARTED_AT, Stand
from bench.webhooks.stage import make_endpoints, tell_clicks
from tracking.clock import utc_now
from tracking.database import open_pool
from tracking.settings import load_settings
from tracking.webhooks.signing import sign

EVENTS = 100_000  # in each round: a worker that is killed leaves a lease of some ten seconds
ENDPOINTS = 50
OURS, BARE = "ours", "bare"
RATE_GATE = Gate(0.25)
FACTOR = 1 / 10_000
TIMEOUT_S = 0.2
DEADLINE_S = 600
POLL_S = 0.2
HEADER = ["round", "deliveries/s", "bare POSTs/s", "÷ bare", "attempts", "twice accepted"]


class Measured(NamedTuple):
    per_s: float
    attempts: int = 0
    repeats: int = 0


class Bench:
    def __init__(self, stores: Stores, account: BenchAccount, secrets: dict[str, str], stand: Stand) -> None:
        self.stores, self.account, self.secrets, self.stand = stores, account, secrets, stand
        self.told = 0
        self.accepted: Counter[str] = Counter()
        self._counted = self._counted_bytes = 0

    def measure(self, name: str, events: int) -> Measured:
        work = self._deliver(events) if name == OURS else self._post(events)
        return uvloop.run(work)

    async def _deliver(self, events: int) -> Measured:
        """From when a worker is ready until nothing waits. Raises BenchError for whatever is lost or refused."""
        await tell_clicks(self.stores, self.account, events)
        before = self.told
        self.told += events
        pool = await open_pool(self.stores.make_settings())
        try:
            self.stand.start_worker()
            started_at_s = time.perf_counter()
            await self._disturb(before, events)
            while not await self._is_done(pool):
                if time.perf_counter() - started_at_s > DEADLINE_S:
                    raise BenchError(f"{self._count_accepted()} of {self.told} events were delivered in time")
                await asyncio.sleep(POLL_S)
            elapsed_s = time.perf_counter() - started_at_s
            self.stand.stop_worker()
            attempts = await self._check(pool)
        finally:
            await pool.close()
        repeats = self.accepted.total() - len(self.accepted)
        return Measured(events / elapsed_s, attempts, repeats)

    async def _disturb(self, before: int, events: int) -> None:
        await self._wait_accepted(before + round(events * KILLED_AT))
        self.stand.kill_worker()
        self.stand.start_worker()
        await self._wait_accepted(before + round(events * RESTARTED_AT))
        await self.stand.restart_receiver()

    async def _wait_accepted(self, count: int) -> None:
        give_up_at_s = time.perf_counter() + DEADLINE_S
        while self._count_accepted() < count:
            if time.perf_counter() > give_up_at_s:
                raise BenchError(f"{self._count_accepted()} of {count} events were delivered in time")
            await asyncio.sleep(POLL_S)

    def _count_accepted(self) -> int:
        if self.stand.accepted.exists():
            with self.stand.accepted.open("rb") as accepted:
                accepted.seek(self._counted_bytes)
                news = accepted.read()
            self._counted += news.count(b"\n")
            self._counted_bytes += len(news)
        return self._counted

    async def _is_done(self, pool: asyncpg.Pool) -> bool:
        return bool(
            await pool.fetchval(
                "SELECT (SELECT position FROM webhook_state) >= (SELECT max(position) FROM event_log)"
                " AND NOT EXISTS (SELECT FROM webhook_delivery WHERE next_at IS NOT NULL)"
            )
        )

    async def _check(self, pool: asyncpg.Pool) -> int:
        """How many attempts were made so far."""
        if self.stand.refused.stat().st_size:
            raise BenchError("signatures did not verify")
        self.accepted = Counter(self.stand.accepted.read_text().splitlines())
        rows = await pool.fetch(
            "SELECT url, webhook_id, delivery.status, attempts FROM webhook_delivery AS delivery"
            " JOIN webhook_endpoint AS endpoint ON endpoint.id = endpoint_id"
        )
        told = {f"{row['url'].rpartition('/')[2]} {row['webhook_id']}" for row in rows}
        if len(told) != self.told or any(row["status"] != 1 for row in rows):
            raise BenchError(f"of {self.told} events {len(told)} were queued, and not all of them delivered")
        if told != self.accepted.keys():
            raise BenchError(f"{len(told - self.accepted.keys())} deliveries are lost")
        return sum(row["attempts"] for row in rows)

    async def _post(self, events: int) -> Measured:
        """The bodies that were delivered last."""
        pool = await open_pool(self.stores.make_settings())
        try:
            rows = await pool.fetch(
                "SELECT url, webhook_id, body FROM webhook_delivery AS delivery"
                " JOIN webhook_endpoint AS endpoint ON endpoint.id = endpoint_id"
                " ORDER BY first_position DESC, first_ordinal DESC LIMIT $1",
                events,
            )
        finally:
            await pool.close()
        by_endpoint: dict[str, list[Post]] = {}
        for url, webhook_id, body in rows:
            name = url.rpartition("/")[2]
            secret = base64.b64decode(self.secrets[name].removeprefix("whsec_"))
            by_endpoint.setdefault(name, []).append(
                _sign_post(url.replace("/hooks/", "/calm/"), secret, webhook_id, body)
            )
        return Measured(await post_all(list(by_endpoint.values())))


def run(rounds: int, events: int = EVENTS) -> Outcome:
    of_one_round = max(events, ENDPOINTS)
    with open_stores() as stores:
        port = find_free_port()
        account = asyncio.run(fill_account(stores.postgres.url, ENDPOINTS))
        environment = stores.make_environment(
            SECRETS_KEYS=f"1:{base64.urlsafe_b64encode(b'a secrets key of this bench, 32b').decode()}",
            WEBHOOK_ALLOW_PRIVATE="true",
            WEBHOOK_SCHEDULE_FACTOR=str(FACTOR),
            WEBHOOK_TIMEOUT_S=str(TIMEOUT_S),
        )
        secrets = asyncio.run(make_endpoints(load_settings(environment), account, port, stores.folder))
        with Stand(stores.folder, environment, port) as stand:
            bench = Bench(stores, account, secrets, stand)
            measured = measure_in_pairs(lambda name: bench.measure(name, of_one_round), OURS, [BARE], rounds)
            pairs = [pair for _, pair in measured]
    return _describe(pairs, of_one_round)


def _sign_post(url: str, secret: bytes, webhook_id: str, body: bytes) -> Post:
    at_s = int(utc_now().timestamp())
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
        (b"Webhook-Id", webhook_id.encode()),
        (b"Webhook-Timestamp", str(at_s).encode()),
        (b"Webhook-Signature", sign([secret], webhook_id, at_s, body).encode()),
    ]
    return Post(url, headers, body)


def _describe(pairs: list[Pair[Measured]], events: int) -> Outcome:
    """The reference of a pair is ours here, which makes the bodies that the bare loop sends."""
    ratios = [pair.reference.per_s / pair.variant.per_s for pair in pairs]
    rows = [
        [
            str(number),
            format_number(pair.reference.per_s),
            format_number(pair.variant.per_s),
            f"{ratio:.2f}",
            f"{pair.reference.attempts:,}",
            f"{pair.reference.repeats:,}",
        ]
        for number, (pair, ratio) in enumerate(zip(pairs, ratios, strict=True), start=1)
    ]
    title = (
        f"{events * len(pairs):,} events to {ENDPOINTS} endpoints in {len(pairs)} rounds: 10 % fail, 1 % time out, the"
        " worker is killed and the receiver restarted in each; attempts and repeats add up over rounds"
    )
    return Outcome(
        "webhooks",
        tables=[Table(title, HEADER, rows)],
        figures=[
            Figure.median("webhooks_vs_bare", ratios, RATE_GATE),
            Figure("webhooks_per_s", median(pair.reference.per_s for pair in pairs)),
            Figure("webhooks_lost", 0, Gate(0, is_ceiling=True)),
        ],
        notes=["Every event was delivered, and every signature verified with the package `standardwebhooks`."],
    )
