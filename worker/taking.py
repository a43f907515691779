"""Work that one worker at a time is at, whichever job or cron asked for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

# Ends with the session that took it, so that the work of a worker that was killed is free at once.
_TAKE: Final = "SELECT pg_try_advisory_lock(hashtextextended($1, $2))"
_GIVE_BACK: Final = "SELECT pg_advisory_unlock(hashtextextended($1, $2))"


@asynccontextmanager
async def take_alone(pool: asyncpg.Pool, work: str, key: int) -> AsyncIterator[bool]:
    """Whether it was free; then it is this worker's until the end. Holds a connection meanwhile."""
    async with pool.acquire() as connection:
        is_free: bool = await connection.fetchval(_TAKE, work, key)
        try:
            yield is_free
        finally:
            if is_free:
                await connection.fetchval(_GIVE_BACK, work, key)
