"""`creatrail dead` where several Redis share the stream: ids tell in which of them a letter lies."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import redis.asyncio

from creatrail.dead import drop, print_dead, retry
from tests.servers import own_valkey
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM

SAME_ID = "1700000000000-0"
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
async def second() -> AsyncIterator[redis.asyncio.Redis]:
    with own_valkey() as server:
        async with redis.asyncio.Redis.from_url(server.url) as client:
            yield client


@pytest.fixture
async def sharded(settings: Settings, redis_client: redis.asyncio.Redis, second: redis.asyncio.Redis) -> Settings:
    """In each a letter, by chance of the same id."""
    for number, client in enumerate((redis_client, second), 1):
        letter: dict[Any, Any] = {"src": "1-0", "why": "too_late", "version": "1", "event": f"of {number}"}
        await client.xadd(DEAD_CLICK_STREAM, letter, id=SAME_ID)
    path = second.connection_pool.connection_kwargs["path"]
    return msgspec.structs.replace(settings, click_redis_urls=(settings.redis_url, f"unix://{path}"))


@pytest.mark.feature("TR13")
async def test_the_list_tells_where_each_lies(sharded: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(print_dead, sharded, 10) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"1/{SAME_ID}  click-1  too_late  of 1",
        f"2/{SAME_ID}  click-1  too_late  of 2",
    ]


@pytest.mark.feature("TR13")
async def test_only_the_one_that_was_named_is_put_back_where_it_lay(
    sharded: Settings, redis_client: redis.asyncio.Redis, second: redis.asyncio.Redis
) -> None:
    assert await asyncio.to_thread(retry, sharded, [f"2/{SAME_ID}"]) == 0

    assert [await client.xlen(DEAD_CLICK_STREAM) for client in (redis_client, second)] == [1, 0]
    assert [fields for _, fields in await second.xrange(CLICK_STREAM)] == [{b"1": b"of 2"}]


@pytest.mark.feature("TR13")
async def test_a_redis_that_is_down_is_named_and_the_others_are_done(
    sharded: Settings, redis_client: redis.asyncio.Redis, capsys: pytest.CaptureFixture[str]
) -> None:
    half = msgspec.structs.replace(sharded, click_redis_urls=(sharded.redis_url, NOWHERE))

    assert await asyncio.to_thread(drop, half, "all") == 1

    told = capsys.readouterr()
    assert told.out == "1 event dropped\n"
    assert told.err.startswith("creatrail dead: 2/")
    assert await redis_client.xlen(DEAD_CLICK_STREAM) == 0
