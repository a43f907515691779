"""Reports on real connections: both ways answer with the same bytes, in order, and a refused body harms nobody."""

from collections.abc import AsyncIterator

import pytest
import redis.asyncio

from redirector.app import Redirector
from tests.audience import LinkSite
from tests.connections import ask, serve_quickly
from tests.reporting import read_reports
from tracking.settings import Settings


@pytest.fixture
async def port(settings: Settings, site: LinkSite) -> AsyncIterator[int]:
    assert site
    redirector = Redirector(settings)
    async with serve_quickly(redirector, redirector.take) as port:
        yield port


def write_request(target: bytes, *lines: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    head = [method + b" " + target + b" HTTP/1.1", b"Host: acme.localhost:8080", b"User-Agent: shop/1.0", *lines]
    if body:
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*head, b"", body])


LAST = write_request(b"/robots.txt", b"Connection: close")


async def test_the_first_report_of_a_host_and_the_next_are_answered_with_the_same_bytes(port: int) -> None:
    answers = (await ask(port, write_request(b"/conv?txn_id=A") * 3, LAST)).split(b"HTTP/1.1 ")[1:]
    assert len(answers) == 4
    assert answers[0].startswith(b"202 Accepted\r\n")
    assert len({*answers[:3]}) == 1


async def test_reports_in_one_write_are_answered_in_their_order(port: int) -> None:
    await ask(port, write_request(b"/conv?txn_id=warm"), LAST)
    mixed = [
        write_request(b"/conv?txn_id=A"),
        write_request(b"/conv", b"Content-Type: application/json", method=b"POST", body=b'{"txn_id": "A"}'),
        write_request(b"/conv?txn_id="),
    ]
    answers = (await ask(port, *mixed * 10, LAST)).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"202", b"202", b"400"] * 10 + [b"200"]


async def test_a_report_that_closes_its_connection_is_answered(port: int, redis_client: redis.asyncio.Redis) -> None:
    await ask(port, write_request(b"/conv?txn_id=warm"), LAST)
    answered = await ask(port, write_request(b"/conv?txn_id=A", b"Connection: close"))
    assert answered.startswith(b"HTTP/1.1 202 Accepted\r\n")
    assert b"connection: close\r\n" in answered.lower()
    assert [event.txn_id for event in await read_reports(redis_client)] == ["warm", "A"]


async def test_a_body_that_is_too_large_is_refused_and_others_go_on(port: int) -> None:
    large = write_request(b"/conv", method=b"POST", body=b"x" * 1_000_000)
    refused = await ask(port, large, LAST)
    assert refused.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in refused
    assert (await ask(port, write_request(b"/conv?txn_id=A", b"Connection: close"))).startswith(b"HTTP/1.1 202 ")


async def test_a_body_in_chunks_is_read(port: int, redis_client: redis.asyncio.Redis) -> None:
    head = write_request(b"/conv", b"Transfer-Encoding: chunked", b"Content-Type: text/plain", method=b"POST")
    answered = await ask(port, head, b'8\r\n{"txn_id\r\n7\r\n": "A"}\r\n0\r\n\r\n', LAST)
    assert answered.startswith(b"HTTP/1.1 202 ")
    assert [event.txn_id for event in await read_reports(redis_client)] == ["A"]


async def test_a_get_with_a_body_is_read_as_a_whole(port: int, redis_client: redis.asyncio.Redis) -> None:
    await ask(port, write_request(b"/conv?txn_id=warm"), LAST)
    answered = await ask(port, write_request(b"/conv?event=lead", body=b'{"txn_id": "A"}'), LAST)
    assert answered.startswith(b"HTTP/1.1 202 ")
    assert [event.event for event in await read_reports(redis_client)] == ["sale", "lead"]
