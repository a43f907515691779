"""Whether PostgreSQL and every Redis are fit for use, in words: which, since when, and by what setting or command."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS
from tracking.readiness import Readiness
from tracking.schema_versions import compare_schema
from tracking.settings import Settings

DEADLINE_S: Final = 2.0
_DATABASE: Final = "PostgreSQL at DATABASE_URL"


class StoreWatch:
    """Asks the stores when it is asked. `REDIS_URL` comes first of `clients`, the shards of the stream after it."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, clients: Sequence[redis.asyncio.Redis]) -> None:
        self._pool = pool
        self._redis = _name_clients(settings, clients)
        self._silent_since: dict[str, dt.datetime] = {}
        self._is_migrated = False
        self._looking: asyncio.Task[Readiness] | None = None

    async def look(self) -> Readiness:
        """Once for all who ask meanwhile: strangers may ask as often as they like."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> Readiness:
        found = await asyncio.gather(self._look_at_database(), *map(self._look_at_redis, self._redis))
        return Readiness(
            tuple(line for each in found for line in each.problems),
            tuple(line for each in found for line in each.remarks),
        )

    async def _look_at_database(self) -> Readiness:
        try:
            async with asyncio.timeout(DEADLINE_S):
                missing = await self._list_missing()
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
            return self._tell_silent(_DATABASE, error)
        self._silent_since.pop(_DATABASE, None)
        if not missing:
            return Readiness()
        named = ", ".join(missing)
        return Readiness((f"the database lacks {len(missing)} migrations ({named}): run `creatrail migrate`",))

    async def _list_missing(self) -> list[str]:
        """Once all are there, the look is only whether somebody answers: none is taken back."""
        if self._is_migrated:
            await self._pool.fetchval("SELECT 1")
            return []
        missing = (await compare_schema(self._pool)).missing
        self._is_migrated = not missing
        return missing

    async def _look_at_redis(self, name: str) -> Readiness:
        try:
            async with asyncio.timeout(DEADLINE_S):
                info: Mapping[str, Any] = await self._redis[name].info("everything")
        except (RedisError, OSError, TimeoutError) as error:
            return self._tell_silent(name, error)
        self._silent_since.pop(name, None)
        return Readiness(remarks=tuple(_list_risks(name, info)))

    def _tell_silent(self, name: str, error: BaseException) -> Readiness:
        now = utc_now()
        since = self._silent_since.setdefault(name, now)
        lasts_s = (now - since).total_seconds()
        told = f"{name} has not answered since {since:%Y-%m-%dT%H:%M:%SZ}, for {lasts_s:.0f} s: {type(error).__name__}"
        return Readiness((told,))


def _name_clients(settings: Settings, clients: Sequence[redis.asyncio.Redis]) -> dict[str, redis.asyncio.Redis]:
    """By the setting that holds the address, which itself may hold a password."""
    names = ["Redis at REDIS_URL"]
    if settings.click_redis_urls:
        names += [f"Redis {place} of CLICK_REDIS_URLS" for place in range(1, len(settings.click_redis_urls) + 1)]
    return dict(zip(names, clients, strict=False))


def _list_risks(name: str, info: Mapping[str, Any]) -> list[str]:
    risks = []
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        risks.append(f"{name} may evict clicks: set its maxmemory-policy to noeviction")
    if not info.get("aof_enabled", 1):
        risks.append(f"{name} loses clicks when it restarts: set its appendonly to yes")
    if 0 < info.get("maxmemory", 0) <= info["used_memory"]:
        risks.append(
            f"{name} has no memory left, so clicks wait in spools: raise its maxmemory, or let workers catch up"
        )
    return risks
