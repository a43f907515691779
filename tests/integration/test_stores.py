"""The stores that every other test stands on: migrated, and empty before each test."""

import asyncpg
import pytest
import redis.asyncio


class TestSharedStores:
    @pytest.mark.parametrize("run", [1, 2])
    async def test_a_test_finds_nothing_that_another_stored(
        self, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, run: int
    ) -> None:
        assert await pool.fetchval("SELECT count(*) FROM change_log") == 0
        assert await redis_client.dbsize() == 0

        await pool.execute("INSERT INTO change_log (kind, ref_id) VALUES (1, $1)", run)
        await redis_client.set("left behind", run)

    async def test_rows_that_migrations_made_stay(self, pool: asyncpg.Pool) -> None:
        assert await pool.fetchval("SELECT count(*) FROM fold_state") == 1
