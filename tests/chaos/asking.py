"""Who asks an api while programs are replaced."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from anyio.from_thread import start_blocking_portal

from tests.chaos.visiting import visitors
from tests.waiting import eventually

PAUSE_S = 0.01  # between two requests of a client: whoever starts needs the processor, too


class Asking:
    """Clients of the api who ask all the time, each on a connection that it keeps until it is sent away."""

    def __init__(self, port: int, path: str = "healthz") -> None:
        self.port = port
        self.path = path
        self.found: Counter[int | str] = Counter()

    async def keep_asking(self) -> None:
        while True:
            try:
                async with visitors([self.port], "api.example", 1) as [client]:
                    while not client.is_sent_away:
                        self.found[await client.follow(self.path)] += 1
                        await asyncio.sleep(PAUSE_S)
            except ConnectionRefusedError:
                self.found["refused"] += 1
            except (OSError, asyncio.IncompleteReadError):
                self.found["broken"] += 1

    async def wait_for_more(self, count: int) -> None:
        wanted = self.found.total() + count
        await eventually(self.count, lambda answered: answered >= wanted)

    async def count(self) -> int:
        return self.found.total()


@contextmanager
def asking_beside(port: int, path: str, clients: int) -> Iterator[Asking]:
    """In a thread of its own, for what blocks its loop."""
    asking = Asking(port, path)
    with start_blocking_portal() as portal:
        tasks = [portal.start_task_soon(asking.keep_asking) for _ in range(clients)]
        yield asking
        for task in tasks:
            task.cancel()
