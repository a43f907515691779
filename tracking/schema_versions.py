"""Which migrations this program knows, and which the database has. Light: every program may ask at its start."""

import pkgutil
from typing import Any, NamedTuple

import tracking.migrations


class SchemaDifference(NamedTuple):
    """`missing`: the database is older than this program. `unknown`: it is newer, which programs are made to bear."""

    missing: list[str]
    unknown: list[str]


def list_known_migrations() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(tracking.migrations.__path__))


async def list_applied_migrations(database: Any) -> list[str]:
    """`database`: a connection or a pool of asyncpg. Empty where nothing was ever applied."""
    if not await database.fetchval("SELECT to_regclass('tortoise_migrations') IS NOT NULL"):
        return []
    return [row["name"] for row in await database.fetch("SELECT name FROM tortoise_migrations ORDER BY name")]


async def compare_schema(database: Any) -> SchemaDifference:
    known, applied = list_known_migrations(), await list_applied_migrations(database)
    return SchemaDifference(
        [name for name in known if name not in applied], [name for name in applied if name not in known]
    )
