"""A receiver of webhooks for tests: a real server that misbehaves as told, and checks every delivery that comes.

Signatures as receivers do, with the package `standardwebhooks`, and with all the secrets that it was given; bodies
against the JSON Schemas that are committed.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, NamedTuple

from standardwebhooks import Webhook

from tests.event_schemas import check_body


class Mode(StrEnum):
    OK = "OK"
    FAILS = "FAILS"
    SILENT = "SILENT"
    GONE = "GONE"
    BUSY = "BUSY"
    REDIRECTS = "REDIRECTS"
    DRIPS = "DRIPS"
    DRIPS_AFTER_OK = "DRIPS_AFTER_OK"
    GARBAGE = "GARBAGE"
    HANGS_UP = "HANGS_UP"
    TALKS = "TALKS"


def write_answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Such", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


ANSWERS = {
    Mode.OK: write_answer(200, b"thanks"),
    Mode.FAILS: write_answer(500, b"no\0thing"),
    Mode.GONE: write_answer(410),
    Mode.BUSY: write_answer(429, b"later", "Retry-After: 120"),
    Mode.REDIRECTS: write_answer(302, b"", "Location: /elsewhere"),
    Mode.GARBAGE: b"\x00\x01 what is this?\r\n\r\n",
    Mode.HANGS_UP: b"",
    Mode.TALKS: write_answer(200, b"x" * 1_000_000),
}


class Received(NamedTuple):
    webhook_id: str
    timestamp_s: int
    signature: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.body)
        return event


class Receiver:
    """`mode` is how it answers, after what stands in `next_modes`. `accepted` is what it answered with 200."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.mode = Mode.OK
        self.next_modes: deque[Mode] = deque()
        self.received: list[Received] = []
        self.accepted: list[Received] = []
        self.secrets = list(secrets)
        self.port = 0
        self.connections = 0
        self.busiest = 0
        self.answering = asyncio.Event()  # while it is clear, whoever comes waits
        self.answering.set()
        self._at_once = 0

    def write_url(self, path: str = "/hooks", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        received = await _read_request(reader)
        self._at_once += 1
        self.busiest = max(self.busiest, self._at_once)
        try:
            await self.answering.wait()
            self._check(received)
            mode = self.next_modes.popleft() if self.next_modes else self.mode
            self.received.append(received)
            if mode in {Mode.OK, Mode.TALKS, Mode.DRIPS_AFTER_OK}:
                self.accepted.append(received)
            return await _behave(mode, reader, writer)
        finally:
            self._at_once -= 1

    def _check(self, received: Received) -> None:
        """Raises WebhookVerificationError or UnlikeItsSchemaError."""
        for secret in self.secrets:
            Webhook(secret).verify(received.body, received.headers)
        check_body(received.body)


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    method, path, _ = first.split(" ")
    assert method == "POST"
    timestamp_s = int(headers["webhook-timestamp"])
    return Received(headers["webhook-id"], timestamp_s, headers["webhook-signature"], path, headers, body)


async def _behave(mode: Mode, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Whether the connection may be used once more."""
    if mode is Mode.SILENT:
        await reader.read()  # until the other side has had enough
        return False
    if mode in {Mode.DRIPS, Mode.DRIPS_AFTER_OK}:
        start = b"" if mode is Mode.DRIPS else b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
        await _drip(writer, start, b"HTTP/1.1 200 OK\r\n" + b"x-drip: 1\r\n" * 500)
        return False
    writer.write(ANSWERS[mode])
    await writer.drain()
    return mode not in {Mode.GARBAGE, Mode.HANGS_UP}


async def _drip(writer: asyncio.StreamWriter, start: bytes, rest: bytes) -> None:
    writer.write(start)
    for octet in rest:
        writer.write(bytes([octet]))
        await writer.drain()
        await asyncio.sleep(0.01)


@asynccontextmanager
async def open_receiver(*secrets: str, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Receiver]:
    """`secrets` as their owner sees them, `whsec_...`: every delivery must be signed with each of them."""
    receiver = Receiver(secrets)
    server = await asyncio.start_server(receiver.serve, host, port)
    async with server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver
