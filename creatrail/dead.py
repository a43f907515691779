"""`creatrail dead`: what lies in the dead letter and why; put it back, or forget it."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Generic, NamedTuple, TypeVar

import redis.asyncio
from redis.exceptions import RedisError

from tracking.click_shards import open_click_shards
from tracking.settings import Settings
from worker.dead_letter import All, drop_dead, list_dead, retry_dead

SHOWN_PAYLOAD_CHARS = 160
NAMES = {"1": "click-1"}  # of kinds; all others are what their contract is called
T = TypeVar("T")


def print_dead(settings: Settings, limit: int) -> int:
    """The oldest first: id, kind, reason and the beginning of what was recorded. Returns the exit status."""
    found = asyncio.run(_ask(settings, lambda shard: list_dead(shard.client, limit)))
    for shard, letters in found.answers:
        for dead in letters:
            kind, payload = (each.decode(errors="backslashreplace") for each in (dead.version, dead.payload))
            dead_id = f"{shard.prefix}{dead.dead_id}"
            print(f"{dead_id}  {NAMES.get(kind, kind)}  {dead.reason}  {payload[:SHOWN_PAYLOAD_CHARS]}")
    if found.is_complete and not any(letters for _, letters in found.answers):
        print("nothing is in the dead letter")
    return 0 if found.is_complete else 1


def retry(settings: Settings, ids: list[str] | All) -> int:
    """Back into the stream; what is still bad comes back. Returns the exit status."""
    moved = asyncio.run(_ask(settings, lambda shard: retry_dead(shard.client, shard.choose(ids))))
    return _say_count(moved, "put back into the stream")


def drop(settings: Settings, ids: list[str] | All) -> int:
    """Gone for good. Returns the exit status."""
    dropped = asyncio.run(_ask(settings, lambda shard: drop_dead(shard.client, shard.choose(ids))))
    return _say_count(dropped, "dropped")


class _Shard(NamedTuple):
    client: redis.asyncio.Redis
    prefix: str  # of its ids: two Redis may give the same one

    def choose(self, ids: list[str] | All) -> list[str] | All:
        """Those that lie here, as this Redis calls them."""
        if ids == "all":
            return "all"
        return [each.removeprefix(self.prefix) for each in ids if each.startswith(self.prefix)]


class _Found(NamedTuple, Generic[T]):
    answers: list[tuple[_Shard, T]]
    is_complete: bool


async def _ask(settings: Settings, question: Callable[[_Shard], Awaitable[T]]) -> _Found[T]:
    """Every Redis of the stream. One line on stderr for each that gives no answer, as for an id that is none."""
    answers: list[tuple[_Shard, T]] = []
    async with open_click_shards(settings) as clients:
        for number, client in enumerate(clients, 1):
            shard = _Shard(client, f"{number}/" if len(clients) > 1 else "")
            try:
                answers.append((shard, await question(shard)))
            except RedisError as error:
                print(f"creatrail dead: {shard.prefix}{error}", file=sys.stderr)
    return _Found(answers, is_complete=len(answers) == len(clients))


def _say_count(found: _Found[int], what: str) -> int:
    count = sum(each for _, each in found.answers)
    if count or found.is_complete:
        print(f"{count} {'event' if count == 1 else 'events'} {what}")
    return 0 if found.is_complete else 1
