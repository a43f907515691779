"""The load of a chaos test, a process of its own: `python -m tests.chaos.load_client SPEC`, until its stdin ends.

It keeps every click id that was answered. Nothing here imports the product, which it judges.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.chaos.buyers import Shop

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GIVE_UP_S = 30.0
RECONNECT_S = 0.05
PROGRESS_EVERY = 20


@dataclass
class Spec:
    ports: list[int]
    host: str
    slugs: list[str]
    connections: int
    requests_per_s: float
    max_requests: int
    result: str
    buyers: float  # share of the clicks with an id that become purchases
    networks: int  # up to 800, from which the audience comes
    addresses: int  # of each of them, up to 250
    copies: int = 3  # of each report of a purchase
    servers: list[str] = field(default_factory=lambda: ["127.0.0.1"])  # one, or one for each port


@dataclass
class Tally:
    tokens: list[str] = field(default_factory=list)
    plain: int = 0  # answered to a crawler, which gets no id; stored all the same
    without_id: int = 0  # answered to a person without an id: nobody says that this click is safe
    unanswered: int = 0  # sent, and the connection broke: stored or not
    not_connected: int = 0  # refused before anything was sent
    gave_up: int = 0
    other: Counter[int] = field(default_factory=Counter)  # answers that are no redirect, by status
    latencies_s: list[float] = field(default_factory=list)
    longest_gap_s: float = 0.0
    sent: int = 0
    last_answer_at: float = field(default_factory=time.monotonic)

    @property
    def answered(self) -> int:
        return len(self.latencies_s)

    def count(self, status: int, location: str, latency_s: float, *, is_person: bool) -> str:
        """Answers with the click id, "" for none."""
        now = time.monotonic()
        self.longest_gap_s = max(self.longest_gap_s, now - self.last_answer_at)
        self.last_answer_at = now
        self.latencies_s.append(latency_s)
        token = parse_qs(urlsplit(location).query).get("ct", [""])[0]
        if status != 302:
            self.other[status] += 1
        elif token:
            self.tokens.append(token)
        elif is_person:
            self.without_id += 1
        else:
            self.plain += 1
        if self.answered % PROGRESS_EVERY == 0:
            sys.stdout.write(f"{self.answered}\n")
            sys.stdout.flush()
        return token if status == 302 else ""


class Audience:
    """One connection that follows links as one visitor after another."""

    def __init__(self, spec: Spec, tally: Tally, shop: Shop, number: int, stopping: asyncio.Event) -> None:
        self.spec = spec
        self.tally = tally
        self.shop = shop
        self.port = spec.ports[number % len(spec.ports)]
        self.server = spec.servers[number % len(spec.servers)]
        self.stopping = stopping
        self.chance = random.Random(number)  # noqa: S311 -- chance, not a secret
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        pause_s = self.spec.connections / self.spec.requests_per_s
        while not self.stopping.is_set() and self.tally.sent < self.spec.max_requests:
            self.tally.sent += 1
            started_at = time.monotonic()
            await self.follow_until_answered()
            wait_s = pause_s * self.chance.uniform(0.5, 1.5) - (time.monotonic() - started_at)
            if wait_s > 0:
                await asyncio.sleep(wait_s)
        self.hang_up()

    async def follow_until_answered(self) -> None:
        """One request; where the connection breaks, another one in its place, as a visitor would try again."""
        give_up_at = time.monotonic() + GIVE_UP_S
        while time.monotonic() < give_up_at:
            try:
                await asyncio.wait_for(self.follow(), GIVE_UP_S)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.tally.unanswered += self.writer is not None
                self.tally.not_connected += self.writer is None
                self.hang_up()
                await asyncio.sleep(RECONNECT_S)
            else:
                return
        self.tally.gave_up += 1

    async def follow(self) -> None:
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(self.server, self.port)
        is_person = self.chance.random() < 0.95
        slugs = self.spec.slugs
        slug = slugs[0] if self.chance.random() < 0.6 else self.chance.choice(slugs)
        started_at = time.monotonic()
        self.writer.write(self.write_request(slug, is_person=is_person))
        status, headers = read_head(await self.reader.readuntil(b"\r\n\r\n"))
        await self.reader.readexactly(int(headers.get("content-length", "0")))
        latency_s = time.monotonic() - started_at
        token = self.tally.count(status, headers.get("location", ""), latency_s, is_person=is_person)
        if token:
            self.shop.consider(token)
        if headers.get("connection") == "close":
            self.hang_up()

    def write_request(self, slug: str, *, is_person: bool) -> bytes:
        user_agent = PERSON.format(version=self.chance.randrange(130, 142)) if is_person else CRAWLER
        network = self.chance.randrange(self.spec.networks)
        address = f"198.{51 + network // 100}.{100 + network % 100}.{self.chance.randrange(1, 1 + self.spec.addresses)}"
        head = (
            f"GET /{slug} HTTP/1.1\r\nHost: {self.spec.host}\r\nUser-Agent: {user_agent}\r\nAccept: text/html,*/*\r\n"
            f"Accept-Language: en-US,en;q=0.9\r\nSec-Fetch-Mode: navigate\r\nX-Forwarded-For: {address}\r\n\r\n"
        )
        return head.encode()

    def hang_up(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None


def read_head(head: bytes) -> tuple[int, dict[str, str]]:
    status_line, *lines = head.decode("latin-1").strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return int(status_line.split(" ")[1]), {name.lower(): value for name, value in pairs}


def summarise(tally: Tally, shop: Shop) -> dict[str, Any]:
    latencies = sorted(tally.latencies_s) or [0.0]

    def quantile_ms(share: float) -> float:
        return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000

    return {
        "tokens": tally.tokens,
        "plain": tally.plain,
        "without_id": tally.without_id,
        "unanswered": tally.unanswered,
        "not_connected": tally.not_connected,
        "gave_up": tally.gave_up,
        "other": dict(tally.other),
        "p50_ms": quantile_ms(0.5),
        "p99_ms": quantile_ms(0.99),
        "max_ms": latencies[-1] * 1000,
        "longest_gap_s": tally.longest_gap_s,
        "purchases": [purchase.summarise() for purchase in shop.purchases],
    }


async def main() -> None:
    spec = Spec(**json.loads(sys.argv[1]))
    stopping = asyncio.Event()
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    tally = Tally()
    shop = Shop(spec.ports, spec.host, spec.buyers, spec.copies)

    async def stop_when_told() -> None:
        await stdin.read()
        stopping.set()

    watching = asyncio.create_task(stop_when_told())
    await asyncio.gather(*(Audience(spec, tally, shop, number, stopping).run() for number in range(spec.connections)))
    await shop.close()
    watching.cancel()
    Path(spec.result).write_text(json.dumps(summarise(tally, shop)))  # noqa: ASYNC240 -- the last thing it does


if __name__ == "__main__":
    asyncio.run(main())
