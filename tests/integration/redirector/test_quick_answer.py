"""The quick way to answer gives the bytes that uvicorn would have sent, on real connections."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from redirector.head_limits import limit_heads
from redirector.quick_answer import REDIRECT_HEADERS, write_redirect
from tests.service import find_free_ports
from tests.waiting import DEADLINE_S, eventually

LOCATION = b"https://shop.example.com/sale?v=1&ct=abc#top"


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """/quick asks for the quick way and says in the log of the test whether it was open; anything else goes by ASGI."""
    if scope["path"] == "/broken":
        assert not write_redirect(send, LOCATION + b"\nset-cookie: a=b")
    if scope["path"] == "/quick" and write_redirect(send, LOCATION):
        return
    headers = [(b"location", LOCATION), *REDIRECT_HEADERS]
    if scope["path"] == "/quick":
        headers.append((b"x-way", b"asgi"))
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    (port,) = find_free_ports(1)
    config = uvicorn.Config(
        answer, port=port, http=limit_heads(16_384, 5), lifespan="off", log_config=None, date_header=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: asyncio.sleep(0, server.started))
    yield port
    server.should_exit = True
    await serving


async def ask(port: int, *requests: bytes) -> bytes:
    """Everything that is answered to these requests on one connection, which the last of them closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    async with asyncio.timeout(DEADLINE_S):
        received = await reader.read()
    writer.close()
    await writer.wait_closed()
    return received


def write_request(path: bytes, method: bytes = b"GET", *lines: bytes) -> bytes:
    return b"\r\n".join([method + b" " + path + b" HTTP/1.1", b"Host: x", *lines, b"", b""])


LAST = write_request(b"/other", b"GET", b"Connection: close")


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
async def test_both_ways_send_the_same_bytes(port: int, method: bytes) -> None:
    quick = await ask(port, write_request(b"/quick", method), LAST)
    plain = await ask(port, write_request(b"/plain", method), LAST)

    assert quick == plain
    assert quick.count(b"HTTP/1.1 302 Found\r\n") == 2
    assert b"x-way" not in quick


async def test_requests_in_one_write_are_answered_in_their_order(port: int) -> None:
    answers = await ask(port, *[write_request(b"/quick"), write_request(b"/plain")] * 50, LAST)

    assert answers.count(b"location: " + LOCATION + b"\r\n") == 101


async def test_a_connection_that_ends_is_answered_the_long_way(port: int) -> None:
    answered = await ask(port, write_request(b"/quick", b"GET", b"Connection: close"))

    assert b"x-way: asgi\r\n" in answered
    assert b"connection: close\r\n" in answered


async def test_a_location_with_a_line_break_is_not_written(port: int) -> None:
    answered = await ask(port, write_request(b"/broken"), LAST)

    assert answered.count(b"HTTP/1.1 302 Found\r\n") == 2
    assert b"set-cookie" not in answered


async def test_a_send_that_is_not_uvicorns_is_left_alone() -> None:
    async def send(_message: Any) -> None:
        raise AssertionError("nothing is sent")

    assert not write_redirect(send, LOCATION)
