"""A TCP proxy before a store, which loses, delays and cuts: `python -m tests.chaos.proxy SOCKET_PATH`.

It says its port, then obeys each line of its stdin and says how many messages have been lost by then. It ends with its
stdin. Nothing is lost within a connection that goes on: what a black hole holds back comes when it has closed, as
from a network.
"""

import asyncio
import random
import sys
from typing import Final, NamedTuple

CHUNK_BYTES: Final = 65_536


class Mode(NamedTuple):
    """`pass`, or what an amount says more of: see Proxy."""

    name: str
    amount: float = 0.0


class Proxy:
    """By mode: `blackhole` passes nothing on. `cut` drops that share of the answers, and their connections with them;
    `drop` that share of the requests.

    `delay` brings answers so many seconds later, `throttle` so many bytes in a second. `deaf` passes on nothing that
    a subscriber of Redis would hear.
    """

    def __init__(self, socket_path: str) -> None:
        self.socket_path = socket_path
        self.mode = Mode("pass")
        self.changed = asyncio.Event()
        self.lost = 0
        self.chance = random.Random(1)  # noqa: S311 -- chance, not a secret

    def obey(self, line: str) -> None:
        name, _, amount = line.partition(" ")
        self.mode = Mode(name, float(amount or 0))
        self.changed.set()
        self.changed = asyncio.Event()

    async def serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            store, to_store = await asyncio.open_unix_connection(self.socket_path)
        except OSError:
            to_client.transport.abort()
            return
        connection = Connection(self, client, to_client, store, to_store)
        carrying = [asyncio.create_task(connection.carry_requests()), asyncio.create_task(connection.carry_answers())]
        await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
        to_store.close()
        to_client.close()
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)


class Connection:
    def __init__(
        self,
        proxy: Proxy,
        client: asyncio.StreamReader,
        to_client: asyncio.StreamWriter,
        store: asyncio.StreamReader,
        to_store: asyncio.StreamWriter,
    ) -> None:
        self.proxy = proxy
        self.client = client
        self.to_client = to_client
        self.store = store
        self.to_store = to_store
        self.is_subscribed = False

    async def carry_requests(self) -> None:
        while data := await self.client.read(CHUNK_BYTES):
            self.is_subscribed = self.is_subscribed or b"SUBSCRIBE" in data
            await self.wait_for_way()
            if self.breaks_off("drop"):
                return
            self.to_store.write(data)
            await self.to_store.drain()

    async def carry_answers(self) -> None:
        while data := await self.store.read(CHUNK_BYTES):
            await self.wait_for_way()
            if self.breaks_off("cut"):
                return
            name, amount = self.proxy.mode
            if name == "deaf" and self.is_subscribed:
                self.proxy.lost += 1
                continue
            if name in {"delay", "throttle"}:
                await asyncio.sleep(amount if name == "delay" else len(data) / amount)
            self.to_client.write(data)
            await self.to_client.drain()

    def breaks_off(self, name: str) -> bool:
        mode = self.proxy.mode
        if mode.name != name or self.proxy.chance.random() >= mode.amount:
            return False
        self.proxy.lost += 1
        self.to_client.transport.abort()
        return True

    async def wait_for_way(self) -> None:
        while self.proxy.mode.name == "blackhole":
            await self.proxy.changed.wait()


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


async def main() -> None:
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    proxy = Proxy(sys.argv[1])
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, backlog=4_096)
    say(server.sockets[0].getsockname()[1])
    while line := await stdin.readline():
        proxy.obey(line.decode().strip())
        say(proxy.lost)


if __name__ == "__main__":
    asyncio.run(main())
