"""How much PostgreSQL holds of each kind."""

from typing import Final, NamedTuple

import asyncpg

# What a click adds a row to, and lives as long as it; then what is shared by many clicks.
OF_CLICKS: Final = ("click", "unique_click", "dimension_click")
SHARED: Final = ("event_log", "conversion", "conversion_entry", "rollup", "dimension_rollup", "user_agent")
_SIZES: Final = """
    SELECT named.name, coalesce(sum(pg_table_size(tree.relid)), 0)::float8 AS heap,
        coalesce(sum(pg_indexes_size(tree.relid)), 0)::float8 AS indexes
    FROM unnest($1::text[]) AS named (name), pg_partition_tree(named.name::regclass) AS tree
    WHERE tree.isleaf GROUP BY named.name
"""
_PLAIN: Final = """
    SELECT name, pg_table_size(name::regclass)::float8 AS heap, pg_indexes_size(name::regclass)::float8 AS indexes
    FROM unnest($1::text[]) AS name
"""


class Size(NamedTuple):
    heap: float
    indexes: float

    @property
    def total(self) -> float:
        return self.heap + self.indexes


async def read_sizes(connection: asyncpg.Connection) -> dict[str, Size]:
    """In bytes, by table."""
    rows = [*await connection.fetch(_SIZES, OF_CLICKS), *await connection.fetch(_PLAIN, SHARED)]
    return {row["name"]: Size(row["heap"], row["indexes"]) for row in rows}
