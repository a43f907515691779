"""Valkey has no memory left while PostgreSQL is down: what it refuses goes to the spool."""

import os
from contextlib import closing
from typing import Any, Final, cast

import redis

from tests.chaos.load import LoadResult
from tests.chaos.oracle import drain
from tests.chaos.trial import Scenario, Trial

MAX_BYTES: Final = 32 * 1024**2
LEFT_BYTES: Final = 512 * 1024
CHUNK_BYTES: Final = 64 * 1024
BALLAST: Final = "ballast"


def fill_memory(trial: Trial) -> None:
    trial.let_pass()
    trial.system.postgres.crash()
    with closing(redis.Redis.from_url(trial.system.valkey.url)) as client:
        try:
            while read_info(client, "memory")["used_memory"] < MAX_BYTES - LEFT_BYTES:
                client.rpush(BALLAST, os.urandom(CHUNK_BYTES))
            client.config_set("maxmemory", MAX_BYTES)
            while not count_refused(client):
                trial.load.wait_for_more(20)
            trial.let_pass()
            assert list(trial.system.spool.iterdir()), "nothing was spooled"
            trial.system.postgres.start()
            trial.let_pass()
        except BaseException:
            give_memory_back(client)
            raise


def count_refused(client: redis.Redis) -> int:
    refused = read_info(client, "errorstats").get("errorstat_OOM", {"count": 0})
    return int(refused["count"])


def read_info(client: redis.Redis, section: str) -> dict[str, Any]:
    return cast("dict[str, Any]", client.info(section))


def give_memory_back(client: redis.Redis) -> None:
    client.config_set("maxmemory", 0)
    client.delete(BALLAST)


async def recover_in_so_little(trial: Trial, _: LoadResult) -> None:
    try:
        await drain(trial.system)
    finally:
        with closing(redis.Redis.from_url(trial.system.valkey.url)) as client:
            give_memory_back(client)


SCENARIOS: Final = (
    Scenario("F16", "Valkey is full while PostgreSQL is down", fill_memory, settle=recover_in_so_little),
)
