"""The stores that tests run on: one PostgreSQL and one Valkey for each pytest process, on demand.

Pub/sub channels are shared by all databases of a Redis server, so each process has its own. TEST_DATABASE_URL and
TEST_REDIS_URL name servers to use instead, to run the suite on another version.
"""

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import asyncpg
import hypothesis
import pytest
import redis.asyncio
from hypothesis import HealthCheck
from tortoise.context import TortoiseContext

from tests.servers import FAST, create_database, make_settings, own_postgres, own_valkey, server_folders
from tracking.database import open_pool
from tracking.migrate import migrate
from tracking.orm import open_orm
from tracking.settings import Settings, read_environment

pytest_plugins = ("tests.chaos.table", "tests.e2e.fixtures", "tests.leak_check")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--against-stock", action="store_true", help="compare every answer of the graph with that of graphql-core alone"
    )


def pytest_collection_finish() -> None:
    """What collecting the tests has imported stays to the end: nothing in it is worth looking for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


# No test asserts on time. `./dev fuzz` asks for the second profile: the same properties, many more examples.
PATIENT = hypothesis.settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
hypothesis.settings.register_profile("suite", PATIENT)
hypothesis.settings.register_profile("fuzz", PATIENT, max_examples=20_000)
hypothesis.settings.load_profile("suite")


# Whoever follows the log stands at its end, also where a test has begun its numbering anew.
FOLLOWERS = ("behaviour_state", "conversion_follower", "dimension_state", "webhook_state")
LAST_POSITION = "coalesce(pg_sequence_last_value('event_log_position_seq'), 0)"
CAUGHT_UP = "; ".join(
    [
        *(f"UPDATE {follower} SET position = {LAST_POSITION}" for follower in FOLLOWERS),
        "UPDATE webhook_state SET told = 0",
    ]
)


@dataclass(frozen=True)
class Stores:
    """Migrated stores of this pytest process. Tests ask for `settings`, which leaves them clean."""

    settings: Settings
    pool: asyncpg.Pool
    redis: redis.asyncio.Redis
    emptied_tables: list[str]

    async def clean(self) -> None:
        """Remove what a test stored. Numbering goes on, so that ids of two tables meet as seldom as in production.

        Not by TRUNCATE: it makes new files for a hundred tables and indexes of which a test has filled a few.
        """
        deletes = "; ".join(f"DELETE FROM {table}" for table in self.emptied_tables)
        await self.pool.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletes}; {CAUGHT_UP}; COMMIT")
        await self.redis.flushall()


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """0 for the first or only pytest process of a run, 1 for the next of xdist."""
    worker_id: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker_id.removeprefix("gw"))


@pytest.fixture(scope="session")
def server_urls(worker_number: int) -> Iterator[tuple[str, str]]:
    """PostgreSQL and Redis, started here or given."""
    environment = read_environment()
    with ExitStack() as running:
        database_url = environment.get("TEST_DATABASE_URL") or running.enter_context(own_postgres(FAST)).url
        given_redis = environment.get("TEST_REDIS_URL")
        redis_url = f"{given_redis}/{worker_number}" if given_redis else running.enter_context(own_valkey()).url
        yield database_url, redis_url


@pytest.fixture(scope="session")
async def stores(server_urls: tuple[str, str], worker_number: int) -> AsyncIterator[Stores]:
    server_url, redis_url = server_urls
    database_url = await create_database(server_url, f"creatrail_test_{worker_number}")
    with server_folders() as folders:
        settings = make_settings(database_url, redis_url, folders.state)
        await migrate(settings)
        pool = await open_pool(settings)
        client = redis.asyncio.Redis.from_url(redis_url)
        yield Stores(settings=settings, pool=pool, redis=client, emptied_tables=await _empty_tables(pool))
        await client.aclose()
        await pool.close()


@pytest.fixture
async def settings(stores: Stores) -> AsyncIterator[Settings]:
    """Settings that point at real, migrated, empty stores; they are emptied again after the test."""
    yield stores.settings
    await stores.clean()


@pytest.fixture
def pool(settings: Settings, stores: Stores) -> asyncpg.Pool:
    return stores.pool


@pytest.fixture
def redis_client(settings: Settings, stores: Stores) -> redis.asyncio.Redis:
    return stores.redis


@pytest.fixture
async def orm(settings: Settings) -> AsyncIterator[TortoiseContext]:
    """Tortoise on the test's database, for use cases that need rows. Per test: an api in this process has its own."""
    async with open_orm(settings) as context:
        yield context


async def _empty_tables(pool: asyncpg.Pool) -> list[str]:
    """The tables that migrations left empty; the others hold what every database needs."""
    tables: list[asyncpg.Record] = await pool.fetch(
        "SELECT format('%I', relname) AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace"
        " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"
    )
    names: list[Any] = [row["name"] for row in tables]
    return [name for name in names if not await pool.fetchval(f"SELECT EXISTS (SELECT FROM {name})")]
