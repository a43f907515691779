"""`creatrail dead`: what lies in the dead letter and why; put it back, or forget it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import redis.asyncio
from redis.exceptions import RedisError

from tracking.settings import Settings
from worker.dead_letter import All, drop_dead, list_dead, retry_dead

SHOWN_PAYLOAD_CHARS = 160
NAMES = {"1": "click-1"}  # of kinds; all others are what their contract is called
T = TypeVar("T")


def print_dead(settings: Settings, limit: int) -> int:
    """The oldest first: id, kind, reason and the beginning of what was recorded. Returns the exit status."""
    found = asyncio.run(_ask(settings, lambda client: list_dead(client, limit)))
    if found is None:
        return 1
    for dead in found:
        kind, payload = (each.decode(errors="backslashreplace") for each in (dead.version, dead.payload))
        print(f"{dead.dead_id}  {NAMES.get(kind, kind)}  {dead.reason}  {payload[:SHOWN_PAYLOAD_CHARS]}")
    if not found:
        print("nothing is in the dead letter")
    return 0


def retry(settings: Settings, ids: list[str] | All) -> int:
    """Back into the stream; what is still bad comes back. Returns the exit status."""
    moved = asyncio.run(_ask(settings, lambda client: retry_dead(client, ids)))
    return _say_count(moved, "put back into the stream")


def drop(settings: Settings, ids: list[str] | All) -> int:
    """Gone for good. Returns the exit status."""
    dropped = asyncio.run(_ask(settings, lambda client: drop_dead(client, ids)))
    return _say_count(dropped, "dropped")


async def _ask(settings: Settings, question: Callable[[redis.asyncio.Redis], Awaitable[T]]) -> T | None:
    """The answer, or None after one line on stderr when Redis gives none, as for an id that is none."""
    async with redis.asyncio.Redis.from_url(settings.redis_url) as client:
        try:
            return await question(client)
        except RedisError as error:
            print(f"creatrail dead: {error}", file=sys.stderr)
            return None


def _say_count(count: int | None, what: str) -> int:
    if count is None:
        return 1
    print(f"{count} {'event' if count == 1 else 'events'} {what}")
    return 0
