"""What a connection of a pool takes along to its next use, with and without a reset between the two."""

import asyncio

import asyncpg

from tracking.database import open_pool
from tracking.settings import Settings

_NAME = "SELECT current_setting('application_name')"


async def test_a_session_is_reset_after_each_use(pool: asyncpg.Pool, settings: Settings) -> None:
    assert pool is not None
    async with await open_pool(settings, max_size=1) as resetting:
        await resetting.execute("SET application_name = 'left behind'")
        assert await resetting.fetchval(_NAME) == "creatrail"


async def test_where_nothing_resets_a_session_only_transactions_end(pool: asyncpg.Pool, settings: Settings) -> None:
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    async with await open_pool(settings, max_size=1, resets_sessions=False) as lasting:
        await lasting.execute("SET application_name = 'left behind'")
        await lasting.execute("BEGIN; INSERT INTO change_log (kind, ref_id) VALUES (1, 7)")
        assert await lasting.fetchval(_NAME) == "left behind"
    assert await pool.fetchval("SELECT count(*) FROM change_log") == 0
    assert len(complaints) == 1
