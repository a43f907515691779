"""The quick way to answer gives the bytes that uvicorn would have sent, on real connections."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from redirector.quick_answer import REDIRECT_HEADERS, Cycle, QuickProtocol, write_redirect
from tests.connections import ask, serve_quickly
from tests.waiting import DEADLINE_S

LOCATION = b"https://shop.example.com/sale?v=1&ct=abc#top"


def take(protocol: QuickProtocol, cycle: Cycle) -> bool:
    """These are answered the quick way where that is open, a turn later as when a click is recorded."""
    path = cycle.scope["path"]
    if path not in {"/quick", "/broken", "/stopping", "/leaving"}:
        return False

    def write() -> None:
        if path == "/stopping":
            protocol.shutdown()  # as uvicorn does with every connection
        if path == "/leaving":
            cycle.disconnected = True
        location = LOCATION + b"\nset-cookie: a=b" if path == "/broken" else LOCATION
        if not write_redirect(cycle, location):
            protocol.start_task(cycle, answer)

    asyncio.get_running_loop().call_soon(write)
    return True


async def answer(scope: Any, receive: Any, send: Any) -> None:
    """The way of ASGI, which says so where the quick way was tried first."""
    headers = [(b"location", LOCATION), *REDIRECT_HEADERS]
    if scope["path"] in {"/quick", "/stopping"}:
        headers.append((b"x-way", b"asgi"))
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serve_quickly(answer, take) as port:
        yield port


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


async def test_a_server_that_stops_answers_what_it_has_taken_and_ends_the_connection(port: int) -> None:
    answered = await ask(port, write_request(b"/stopping"))

    assert answered.startswith(b"HTTP/1.1 302 Found\r\n")
    assert b"x-way: asgi\r\n" in answered
    assert b"connection: close\r\n" in answered


async def test_nothing_is_written_for_a_client_that_has_left(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(write_request(b"/leaving"))
    writer.write_eof()
    async with asyncio.timeout(DEADLINE_S):
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()
