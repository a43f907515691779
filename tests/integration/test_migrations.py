"""Migrations: they match the models, run safely side by side, make what they say, and can be taken back."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.api.migrate import migrate as go_to
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from tests.servers import create_database, make_settings
from tests.waiting import eventually
from tracking.clicks.salts import read_salts
from tracking.clock import utc_now
from tracking.database import PATIENT_LIMITS
from tracking.migrate import migrate, set_up
from tracking.orm import MODELS, describe_orm
from tracking.schema_changes import BuildIndex
from tracking.settings import Settings, read_environment

ROOT = Path(__file__).resolve().parents[2]
DESCRIBE_SCHEMA = """
    SELECT 'column', table_name, concat_ws(' ', column_name, data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    ORDER BY 1, 2, 3
"""


IS_WAITING = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
"""
IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'thing_name_idx'::regclass"


@dataclass(frozen=True)
class Servers:
    """Where to make databases that hold nothing yet."""

    database_url: str
    redis_url: str
    folder: Path
    prefix: str

    @asynccontextmanager
    async def open(self, name: str, template: str = "template0") -> AsyncIterator[Settings]:
        database = f"{self.prefix}_{name}"
        url = await create_database(self.database_url, database, template)
        yield make_settings(url, self.redis_url, self.folder)
        server = await asyncpg.connect(self.database_url, timeout=10)
        await server.execute(f'DROP DATABASE "{database}" WITH (FORCE)')
        await server.close()


@pytest.fixture(scope="module")
def servers(server_urls: tuple[str, str], worker_number: int, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    return Servers(*server_urls, tmp_path_factory.mktemp("state"), f"creatrail_migrations_{worker_number}")


@pytest.fixture
async def empty_settings(servers: Servers) -> AsyncIterator[Settings]:
    async with servers.open("one") as settings:
        yield settings


@pytest.fixture(scope="module")
async def migrated(servers: Servers) -> AsyncIterator[str]:
    """The name of a database that is up to date, to be copied: that takes a tenth of the time."""
    async with servers.open("migrated") as settings:
        await migrate(settings)
        yield f"{servers.prefix}_migrated"


@pytest.fixture
async def migrated_settings(servers: Servers, migrated: str) -> AsyncIterator[Settings]:
    async with servers.open("copy", migrated) as settings:
        yield settings


async def find_drift(models: list[str]) -> list[MigrationWriter]:
    """The migrations that `./dev migration` would write for these models."""
    config = describe_orm("postgresql://nobody@localhost/nothing")
    apps = {"tracking": {**config["apps"]["tracking"], "models": models}}
    async with TortoiseContext() as context:
        await context.init(config={**config, "apps": apps}, init_connections=False)
        assert context.apps is not None
        return await MigrationAutodetector(context.apps, apps).changes()


async def describe_schema(database_url: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        return [tuple(row) for row in await connection.fetch(DESCRIBE_SCHEMA)]
    finally:
        await connection.close()


async def go_back_to(settings: Settings, target: str) -> None:
    async with TortoiseContext():
        await go_to(config=describe_orm(settings.database_url, limits=PATIENT_LIMITS), target=target)


async def run_migrate(settings: Settings) -> tuple[int | None, str]:
    """`creatrail migrate` in a process of its own, as an operator or a container runs it."""
    secret = "A" * 22
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "creatrail", "migrate"),
        cwd=ROOT,
        env={
            **read_environment(),
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "CLICK_TOKEN_KEYS": f"1:{secret}",
            "COOKIE_SECRET": secret,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


class TestDrift:
    async def test_the_models_need_no_migration_that_is_not_there(self) -> None:
        assert await find_drift(MODELS) == []

    async def test_a_model_that_goes_away_would_be_seen(self) -> None:
        assert len(await find_drift([name for name in MODELS if name != "tracking.coupons.models"])) == 1


class TestMigrating:
    async def test_three_at_once_all_succeed_and_make_what_one_makes(
        self, empty_settings: Settings, migrated_settings: Settings
    ) -> None:
        results = await asyncio.gather(*(run_migrate(empty_settings) for _ in range(3)))

        assert [code for code, _ in results] == [0, 0, 0], results
        await set_up(migrated_settings)  # the months of clicks, which no migration makes
        alone = await describe_schema(migrated_settings.database_url)
        assert await describe_schema(empty_settings.database_url) == alone

    async def test_a_second_run_changes_nothing(self, migrated_settings: Settings) -> None:
        before = await describe_schema(migrated_settings.database_url)

        await migrate(migrated_settings)

        assert await describe_schema(migrated_settings.database_url) == before

    @pytest.mark.parametrize("target", ["tracking.0001_entities", "tracking.__first__"])
    async def test_going_back_and_forth_again_gives_the_same(self, migrated_settings: Settings, target: str) -> None:
        before = await describe_schema(migrated_settings.database_url)

        await go_back_to(migrated_settings, target)
        assert await describe_schema(migrated_settings.database_url) != before
        await migrate(migrated_settings)

        assert await describe_schema(migrated_settings.database_url) == before


class TestLocks:
    @pytest.mark.feature("R1")
    async def test_a_table_in_use_is_asked_for_again_and_nobody_queues_for_long(
        self, migrated_settings: Settings
    ) -> None:
        await go_back_to(migrated_settings, "tracking.0010_report_pages")
        user = await asyncpg.connect(migrated_settings.database_url, timeout=10)
        watcher = await asyncpg.connect(migrated_settings.database_url, timeout=10)
        using = user.transaction()
        await using.start()
        await user.execute("LOCK TABLE webhook_endpoint IN ROW EXCLUSIVE MODE")  # as who writes to it

        with pytest.raises(asyncpg.LockNotAvailableError):
            await migrate(migrated_settings, lock_attempts=1)
        migrating = asyncio.create_task(migrate(migrated_settings))
        await eventually(lambda: watcher.fetchval(IS_WAITING))
        await eventually(lambda: watcher.fetchval(f"SELECT NOT ({IS_WAITING})"))
        await using.rollback()

        await migrating
        assert await watcher.fetchval("SELECT to_regclass('webhook_delivery') IS NOT NULL")
        await user.close()
        await watcher.close()


class TestBuildingIndexes:
    async def test_half_an_index_is_dropped_and_built_anew(self, empty_settings: Settings) -> None:
        connection = await asyncpg.connect(empty_settings.database_url, timeout=10)
        await connection.execute("CREATE TABLE thing AS SELECT 'same' AS name FROM generate_series(1, 2)")
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY thing_name_idx ON thing (name)")
        assert await connection.fetchval(IS_VALID) is False

        for _ in ("builds", "leaves alone"):
            async with TortoiseContext() as context:
                await context.init(config=describe_orm(empty_settings.database_url))
                editor = SimpleNamespace(client=context.db())
                await BuildIndex("thing_name_idx", "thing", "(name)").database_forward("", None, None, editor)

            assert await connection.fetchval(IS_VALID) is True
        await connection.close()


class TestSettingUp:
    @pytest.mark.feature("R5")
    async def test_every_redirector_has_todays_salt_before_any_worker_runs(self, migrated_settings: Settings) -> None:
        salts = []
        for _ in ("first", "again"):
            await set_up(migrated_settings)
            async with asyncpg.create_pool(migrated_settings.database_url, min_size=1) as pool:
                salts.append(await read_salts(pool, utc_now()))

        assert utc_now().date() in salts[0]
        assert salts[0] == salts[1]
