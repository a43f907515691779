"""The stores of `up`: embedded servers for what is not given, a warning when a given Redis may lose clicks."""

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any, cast

import redis

from creatrail.clocks import describe_skew
from creatrail.embedded.folders import Folders
from creatrail.embedded.postgres import EmbeddedPostgres
from creatrail.embedded.server_process import ServerFailedError
from creatrail.embedded.valkey import EmbeddedValkey
from creatrail.up.supervised import StartFailedError
from tracking.clock import utc_now

POLL_S = 0.05
READY_DEADLINE_S = 60


@dataclass
class EmbeddedStore:
    """An embedded server as something that the supervisor keeps alive."""

    name: str
    server: EmbeddedPostgres | EmbeddedValkey

    async def start(self) -> None:
        """Fork in this thread: the server is tied to the thread that forks it."""
        try:
            self.server.launch()
            async with asyncio.timeout(READY_DEADLINE_S):
                while not self.server.is_ready():
                    if self.server.server.has_ended():
                        raise StartFailedError(self.describe_end())
                    await asyncio.sleep(POLL_S)
        except ServerFailedError as error:
            raise StartFailedError(str(error)) from error
        except TimeoutError:
            self.kill()
            raise StartFailedError(self.describe_end()) from None

    async def wait(self) -> None:
        while not self.server.server.has_ended():  # noqa: ASYNC110 -- not a child of asyncio: it gives no event
            await asyncio.sleep(POLL_S)

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)

    def kill(self) -> None:
        self.server.crash()

    def describe_end(self) -> str:
        return f"{self.name} ended:\n{self.server.server.last_lines()}"


def choose_stores(environment: dict[str, str], folders: Folders) -> tuple[list[EmbeddedStore], dict[str, str]]:
    """The servers to run here, and the variables that name them; what the environment names is left alone."""
    stores: list[EmbeddedStore] = []
    found: dict[str, str] = {}
    if not environment.get("DATABASE_URL"):
        postgres = EmbeddedPostgres(folders.state, folders.sockets)
        stores.append(EmbeddedStore("PostgreSQL", postgres))
        found["DATABASE_URL"] = postgres.url
    if not environment.get("REDIS_URL"):
        valkey = EmbeddedValkey(folders.state, folders.sockets)
        stores.append(EmbeddedStore("Valkey", valkey))
        found["REDIS_URL"] = valkey.url
    return stores, found


def inspect_redis(redis_url: str, setting: str = "REDIS_URL") -> list[str]:
    """Warnings about a Redis that may lose acknowledged clicks. Raises StartFailedError when it does not answer.

    `setting` is where its address stands, for whoever has to correct it.
    """
    try:
        with redis.Redis.from_url(redis_url, socket_timeout=3, socket_connect_timeout=3) as client:
            client.ping()
            return [*_find_risks(client), *_find_skew(client)]
    except redis.RedisError as error:
        raise StartFailedError(f"Redis does not answer at {setting}: {error}") from error


def _find_skew(client: redis.Redis) -> list[str]:
    before_s = utc_now().timestamp()
    seconds, microseconds = cast(tuple[int, int], client.time())
    skew = describe_skew(before_s, seconds + microseconds / 1e6, utc_now().timestamp())
    return [] if skew is None else [f"Redis: {skew}"]


def _find_risks(client: redis.Redis) -> list[str]:
    risks: list[str] = []
    with contextlib.suppress(redis.exceptions.NoPermissionError):
        # redis-py types every command as if it might be awaited
        persistence, memory = (cast(dict[str, Any], client.info(section)) for section in ("persistence", "memory"))
        if not persistence.get("aof_enabled"):
            risks.append("Redis runs without `appendonly yes`: when it crashes, clicks that wait in it are lost")
        elif persistence.get("aof_last_write_status", "ok") != "ok":
            risks.append("Redis cannot write its append-only file: is its disk full?")
        policy = memory.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            risks.append(f"Redis evicts ({policy}): set `maxmemory-policy noeviction`, or clicks may be dropped")
    return risks
