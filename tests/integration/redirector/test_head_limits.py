"""Raw connections against uvicorn with our protocol: what is half, huge or slow is refused, and nobody else waits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tests.service import find_free_ports
from tests.waiting import DEADLINE_S, eventually
from tracking.head_limits import limit_heads

MAX_HEAD_BYTES = 16 * 1024
HEAD_DEADLINE_S = 0.3
GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Connection]]


async def answer_ok(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    (port,) = find_free_ports(1)
    config = uvicorn.Config(
        answer_ok,
        port=port,
        http=limit_heads(HttpToolsProtocol, MAX_HEAD_BYTES, HEAD_DEADLINE_S),
        lifespan="off",
        log_config=None,
        timeout_keep_alive=60,
    )
    server = uvicorn.Server(config)
    opened: list[Connection] = []

    async def open_connection() -> Connection:
        opened.append(await asyncio.open_connection("127.0.0.1", port))
        return opened[-1]

    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    yield open_connection
    for _, writer in opened:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    server.should_exit = True
    await serving


async def read_to_end(connection: Connection) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        received = b""
        with contextlib.suppress(ConnectionResetError):  # refused before all of it was read
            while chunk := await connection[0].read(65_536):
                received += chunk
        return received


async def read_answer(connection: Connection) -> bytes:
    async with asyncio.timeout(DEADLINE_S):
        head = await connection[0].readuntil(b"\r\n\r\n")
        await connection[0].readexactly(2)
        return head.split(b"\r\n")[0]


class TestSize:
    async def test_a_head_below_the_cap_is_answered(self, connect: Connect) -> None:
        connection = await connect()
        connection[1].write(GET + b"Cookie: " + b"c" * (MAX_HEAD_BYTES - 100) + b"\r\n\r\n")
        assert await read_answer(connection) == b"HTTP/1.1 200 OK"

    @pytest.mark.parametrize(
        "head",
        [
            GET + b"Cookie: " + b"c" * 2**20,
            GET + b"A: b\r\n" * 20_000,
            b"GET /" + b"a" * 2**20,
        ],
        ids=["one header", "many headers", "path"],
    )
    async def test_a_head_above_the_cap_is_refused(self, connect: Connect, head: bytes) -> None:
        connection = await connect()
        connection[1].write(head)
        answer = await read_to_end(connection)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")

    async def test_later_requests_of_a_connection_are_capped_too(self, connect: Connect) -> None:
        connection = await connect()
        connection[1].write(GET + b"\r\n")
        assert await read_answer(connection) == b"HTTP/1.1 200 OK"
        connection[1].write(GET + b"Cookie: " + b"c" * 2**20)
        answer = await read_to_end(connection)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")

    async def test_many_small_requests_in_one_write_are_all_answered(self, connect: Connect) -> None:
        connection = await connect()
        connection[1].write((GET + b"\r\n") * 1_000)
        answers = [await read_answer(connection) for _ in range(1_000)]
        assert set(answers) == {b"HTTP/1.1 200 OK"}


class TestDeadline:
    @pytest.mark.parametrize("begun", [b"G", GET, GET + b"\r"])
    async def test_half_a_head_is_refused_at_the_deadline(self, connect: Connect, begun: bytes) -> None:
        connection = await connect()
        connection[1].write(begun)
        assert (await read_to_end(connection)).startswith(b"HTTP/1.1 400 ")

    async def test_a_connection_that_says_nothing_is_closed(self, connect: Connect) -> None:
        connection = await connect()
        assert await read_to_end(connection) == b""

    async def test_half_a_later_head_is_refused_too(self, connect: Connect) -> None:
        connection = await connect()
        connection[1].write(GET + b"\r\n" + GET)
        assert await read_answer(connection) == b"HTTP/1.1 200 OK"
        assert (await read_to_end(connection)).startswith(b"HTTP/1.1 400 ")

    async def test_a_connection_between_requests_is_kept(self, connect: Connect) -> None:
        kept, half = await connect(), await connect()
        kept[1].write(GET + b"\r\n")
        assert await read_answer(kept) == b"HTTP/1.1 200 OK"
        half[1].write(GET)
        await read_to_end(half)  # a whole deadline later
        kept[1].write(GET + b"\r\n")
        assert await read_answer(kept) == b"HTTP/1.1 200 OK"
