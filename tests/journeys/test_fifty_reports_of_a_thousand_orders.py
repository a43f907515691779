"""A thousand orders, each reported fifty times at once over HTTP: a thousand conversions, and money to the cent."""

import asyncio
import json
from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.e2e.brand import Brand, Link
from tests.waiting import eventually
from tracking.streams import CLICK_GROUP, CLICK_STREAM

ORDERS: Final = 1_000
COPIES: Final = 50
BOTH: Final = ("redirector", "redirector 2")
VALUE_MINOR: Final = sum(100 + number for number in range(ORDERS))
FIGURES: Final = """
    query ($id: ID!) { node(id: $id) { ... on Link { totals { conversions netValue { amountMinor currency } } } } }
"""


async def report_all(brand: Brand, token: str, redirector: str) -> list[tuple[int, str]]:
    """Every order once, over one connection; the status and the id that each was answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", brand.system.programs[redirector].port)
    answers = []
    for number in range(ORDERS):
        minor = 100 + number
        body = f"click_id={token}&txn_id=T{number}&revenue={minor // 100}.{minor % 100:02}&currency=EUR".encode()
        head = (
            f"POST /conv HTTP/1.1\r\nHost: {brand.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answers.append(await read_answer(reader))
    writer.close()
    return answers


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
    body: dict[str, Any] = json.loads(await reader.readexactly(length))
    return int(head.split(" ", 2)[1]), str(body.get("id"))


async def read_waiting(brand: Brand) -> int:
    """How many entries of the stream no worker has finished."""
    async with brand.system.open_redis() as client:
        [group] = [each for each in await client.xinfo_groups(CLICK_STREAM) if each["name"] == CLICK_GROUP.encode()]
        return int(group["pending"]) + int(group["lag"] or 0)


async def count_stored(brand: Brand) -> tuple[int, int]:
    """Conversions and their distinct orders."""
    connection = await brand.system.open_database()
    try:
        counted = "SELECT count(*), count(DISTINCT order_key) FROM conversion WHERE account_id = $1"
        conversions, orders = await connection.fetchrow(counted, brand.account_id)
    finally:
        await connection.close()
    return conversions, orders


async def read_figures(brand: Brand, link: Link) -> tuple[int | None, list[tuple[int, str]]]:
    totals = (await brand.ask(FIGURES, id=link.id))["totals"]
    return totals["conversions"], [(int(each["amountMinor"]), each["currency"]) for each in totals["netValue"]]


@pytest.mark.feature("TR13", "TR16", "R7")
async def test_fifty_parallel_posts_of_each_of_a_thousand_orders_are_a_thousand_conversions(brand: Brand) -> None:
    link = await brand.create_link("https://shop.example/")
    [token] = parse_qs(urlsplit((await brand.follow(link.slug)).headers["location"]).query)["ct"]

    senders = [report_all(brand, token, BOTH[number % len(BOTH)]) for number in range(COPIES)]
    answers = await asyncio.gather(*senders)

    assert Counter(status for each in answers for status, _ in each) == {202: ORDERS * COPIES}
    assert len({tuple(each) for each in answers}) == 1  # whoever reports an order is told the same
    assert len({conversion_id for _, conversion_id in answers[0]}) == ORDERS
    await eventually(lambda: read_waiting(brand), lambda waiting: waiting == 0)
    assert await count_stored(brand) == (ORDERS, ORDERS)
    expected = (ORDERS, [(VALUE_MINOR, "EUR")])
    assert await eventually(lambda: read_figures(brand, link), lambda figures: figures == expected)
