"""Visitors who buy: each purchase is reported several times at once, as pages, servers and retries do.

Nothing here imports the product, which it judges.
"""

import asyncio
import json
import random
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

MANY_COPIES: Final = 50
ONE_IN_WITH_MANY: Final = 20
GIVE_UP_S: Final = 30.0
RETRY_S: Final = 0.1


@dataclass
class Purchase:
    """`token` is the click id as the landing page got it. `ids` is what the reports were answered with, each once."""

    token: str
    txn_id: str
    minor: int
    ids: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    gave_up: int = 0

    def summarise(self) -> dict[str, Any]:
        return {**vars(self), "ids": sorted(self.ids)}


class Shop:
    """A share of the clicks becomes purchases, beside the audience and over connections of their own."""

    def __init__(self, ports: list[int], host: str, share: float, copies: int) -> None:
        self.ports = ports
        self.host = host
        self.share = share
        self.copies = copies
        self.purchases: list[Purchase] = []
        self.chance = random.Random(7)  # noqa: S311 -- chance, not a secret
        self.reporting: set[asyncio.Task[None]] = set()

    def consider(self, token: str) -> None:
        if self.chance.random() >= self.share:
            return
        purchase = Purchase(token, f"T-{secrets.token_hex(6)}", self.chance.randrange(1, 50_000))
        self.purchases.append(purchase)
        has_many = len(self.purchases) % ONE_IN_WITH_MANY == 1
        for _ in range(MANY_COPIES if has_many else self.copies):
            task = asyncio.create_task(self.report(purchase))
            self.reporting.add(task)
            task.add_done_callback(self.reporting.discard)

    async def close(self) -> None:
        """Until every report is answered."""
        while self.reporting:
            await asyncio.wait(self.reporting)

    async def report(self, purchase: Purchase) -> None:
        """Again and again until it is taken: all copies say the same."""
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + GIVE_UP_S
        while loop.time() < give_up_at:
            try:
                status, body = await asyncio.wait_for(self.send(purchase), GIVE_UP_S)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                await asyncio.sleep(RETRY_S)
                continue
            if status == 202:
                purchase.ids.add(json.loads(body)["id"])
            else:
                purchase.refused.append(status)
            return
        purchase.gave_up += 1

    async def send(self, purchase: Purchase) -> tuple[int, bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.chance.choice(self.ports))
        try:
            revenue = f"{purchase.minor // 100}.{purchase.minor % 100:02}"
            query = f"click_id={purchase.token}&txn_id={purchase.txn_id}&revenue={revenue}&currency=EUR"
            head = f"GET /conv?{query} HTTP/1.1\r\nHost: {self.host}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            return int(answer.split(b" ", 2)[1]), await reader.read()
        finally:
            writer.close()
