"""Which migrations of this program the database lacks; read by readiness, without the code that applies them."""

from pathlib import Path
from typing import Final

import asyncpg

_FOLDER: Final = Path(__file__).parent / "migrations"
MIGRATIONS: Final = tuple(sorted(path.stem for path in _FOLDER.glob("[0-9]*.py")))


async def list_missing_migrations(pool: asyncpg.Pool) -> list[str]:
    applied = set()
    if await pool.fetchval("SELECT to_regclass('tortoise_migrations') IS NOT NULL"):
        applied = {row["name"] for row in await pool.fetch("SELECT name FROM tortoise_migrations")}
    return [name for name in MIGRATIONS if name not in applied]
