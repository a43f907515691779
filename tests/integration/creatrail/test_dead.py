"""`creatrail dead` shows what could not be stored, puts it back, and forgets it when told."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
import redis.asyncio

from creatrail.embedded.folders import PROJECT
from tests.servers import describe_environment
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM


async def run_dead(settings: Settings, *arguments: str) -> tuple[int, str]:
    """Its exit status and all that it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "creatrail", "dead", *arguments),
        cwd=PROJECT,
        env=describe_environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


@pytest.fixture
async def buried(redis_client: redis.asyncio.Redis) -> list[str]:
    """A click and a conversion that could not be stored."""
    letters: list[dict[Any, Any]] = [
        {"src": f"{n}-0", "why": "too_late", "version": version, "event": f"event {n}"}
        for n, version in enumerate(("1", "conversion-1"), 1)
    ]
    return [(await redis_client.xadd(DEAD_CLICK_STREAM, letter)).decode() for letter in letters]


async def test_the_list_shows_id_kind_reason_and_content(settings: Settings, buried: list[str]) -> None:
    status, printed = await run_dead(settings, "list")

    assert (status, printed.splitlines()) == (
        0,
        [f"{buried[0]}  click-1  too_late  event 1", f"{buried[1]}  conversion-1  too_late  event 2"],
    )


async def test_one_that_is_retried_is_in_the_stream_and_the_other_stays(
    settings: Settings, buried: list[str], redis_client: redis.asyncio.Redis
) -> None:
    assert await run_dead(settings, "retry", buried[0]) == (0, f"1 event put back into the stream{os.linesep}")

    assert [fields for _, fields in await redis_client.xrange(CLICK_STREAM)] == [{b"1": b"event 1"}]
    assert [dead_id.decode() for dead_id, _ in await redis_client.xrange(DEAD_CLICK_STREAM)] == [buried[1]]


async def test_all_that_is_dropped_is_gone(
    settings: Settings, buried: list[str], redis_client: redis.asyncio.Redis
) -> None:
    assert await run_dead(settings, "drop", "--all") == (0, f"2 events dropped{os.linesep}")

    assert await redis_client.xlen(DEAD_CLICK_STREAM) == 0
    assert await redis_client.xlen(CLICK_STREAM) == 0


async def test_nothing_is_dropped_without_a_choice(
    settings: Settings, buried: list[str], redis_client: redis.asyncio.Redis
) -> None:
    status, printed = await run_dead(settings, "drop")

    assert (status, printed.strip()) == (1, "creatrail dead: name the ids that `dead list` shows, or --all")
    assert await redis_client.xlen(DEAD_CLICK_STREAM) == 2
