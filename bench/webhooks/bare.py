"""The reference: the same bodies, signed beforehand, POSTed by a loop that does nothing else."""

import asyncio
import time
from collections.abc import Iterator
from typing import NamedTuple

import httpcore2

from bench.programs import BenchError

CONNECTIONS_OF_ONE = 4


class Post(NamedTuple):
    url: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def post_all(by_endpoint: list[list[Post]]) -> float:
    """How many a second, over as many connections to each endpoint as a worker opens."""
    async with asyncio.TaskGroup() as running:
        started_at_s = time.perf_counter()
        for posts in by_endpoint:
            running.create_task(_post_to_one(posts))
    return sum(map(len, by_endpoint)) / (time.perf_counter() - started_at_s)


async def _post_to_one(posts: list[Post]) -> None:
    left = iter(posts)
    async with (
        httpcore2.AsyncConnectionPool(max_connections=CONNECTIONS_OF_ONE) as pool,
        asyncio.TaskGroup() as running,
    ):
        for _ in range(CONNECTIONS_OF_ONE):
            running.create_task(_post_some(pool, left))


async def _post_some(pool: httpcore2.AsyncConnectionPool, left: Iterator[Post]) -> None:
    for post in left:
        response = await pool.request("POST", post.url, headers=post.headers, content=post.body)
        if response.status != 200:
            raise BenchError(f"the bare loop was answered {response.status}")
