"""Visitors that a test sends one by one or in crowds: keep-alive connections to a redirector, and its ops page."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2

from tests.chaos.load_client import PERSON, read_head

ADDRESS = "198.51.100.7"
USER_AGENT = PERSON.format(version=140)


class Visitor:
    """One connection. The address is what a trusted proxy would say."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, address: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host
        self._address = address
        self.is_sent_away = False  # by the last answer: the next request needs another connection

    async def follow(self, slug: str) -> int:
        """The status that is answered."""
        self.ask(slug)
        return await self.hear()

    def ask(self, slug: str) -> None:
        head = (
            f"GET /{slug} HTTP/1.1\r\nHost: {self._host}\r\nUser-Agent: {USER_AGENT}\r\nAccept: text/html,*/*\r\n"
            f"Accept-Language: en-US\r\nSec-Fetch-Mode: navigate\r\nX-Forwarded-For: {self._address}\r\n\r\n"
        )
        self._writer.write(head.encode())

    async def hear(self) -> int:
        status, headers = read_head(await self._reader.readuntil(b"\r\n\r\n"))
        await self._reader.readexactly(int(headers.get("content-length", "0")))
        self.is_sent_away = headers.get("connection") == "close"
        return status

    def leave(self) -> None:
        self._writer.close()


@asynccontextmanager
async def visitors(
    ports: Sequence[int], host: str, count: int, addresses: Sequence[str] = (ADDRESS,)
) -> AsyncIterator[list[Visitor]]:
    """So many at each of the ports, connected."""
    crowd: list[Visitor] = []
    try:
        for number in range(count):
            for port in ports:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                crowd.append(Visitor(reader, writer, host, addresses[number % len(addresses)]))
        yield crowd
    finally:
        for visitor in crowd:
            visitor.leave()


async def read_counter(ops_port: int, name: str) -> int:
    """A counter of a redirector, from its page for operators."""
    async with httpx2.AsyncClient(timeout=30) as client:
        page = (await client.get(f"http://127.0.0.1:{ops_port}/metrics")).text
    found = re.search(rf"^creatrail_{name}_total ([0-9.]+)$", page, re.MULTILINE)
    assert found is not None, page
    return int(float(found[1]))
