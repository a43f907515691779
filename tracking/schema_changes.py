"""An index of a table that is in use, as an operation of a migration: built while everybody reads and writes.

The migration says `atomic = False`, since CREATE INDEX CONCURRENTLY works outside of transactions alone. Whoever is
killed half-way leaves an index that is not valid; the next run drops it and begins anew.
"""

from typing import Any

from tortoise.migrations.operations import TortoiseOperation

_FIND = """
    SELECT relkind = 'p' AS is_partitioned,
        (SELECT index.indisvalid FROM pg_index AS index WHERE index.indexrelid = to_regclass($2)) AS is_valid
    FROM pg_class WHERE oid = $1::regclass
"""
# A partition that was made since the parent has its index got one of its own with it.
_PARTITIONS = """
    SELECT part.inhrelid::regclass::text AS name FROM pg_inherits AS part
    WHERE part.inhparent = $1::regclass AND NOT EXISTS (
        SELECT FROM pg_index AS index JOIN pg_inherits AS of_index ON of_index.inhrelid = index.indexrelid
        WHERE index.indrelid = part.inhrelid AND of_index.inhparent = $2::regclass
    ) ORDER BY 1
"""


class BuildIndex(TortoiseOperation):
    """`on`: what stands after the table's name, such as `(account_id, id) WHERE slot IS NOT NULL`."""

    atomic = False

    def __init__(self, name: str, table: str, on: str) -> None:
        self.name = name
        self.table = table
        self.on = on

    def describe(self) -> str:
        return f"Build index {self.name}"

    def state_forward(self, app_label: str, state: Any) -> None:
        """No model tells of it."""

    async def database_forward(
        self,
        app_label: str,  # noqa: ARG002 -- this and the next two: Tortoise gives them
        old_state: Any,  # noqa: ARG002 -- as above
        new_state: Any,  # noqa: ARG002 -- as above
        state_editor: Any | None = None,
    ) -> None:
        if state_editor is None:
            return
        client = state_editor.client
        [found] = await client.execute_query_dict(_FIND, [self.table, self.name])
        if found["is_partitioned"]:
            await self._build_by_parts(client)
        elif not found["is_valid"]:
            await self._build(client, self.name, self.table)

    async def database_backward(
        self,
        app_label: str,  # noqa: ARG002 -- as above
        old_state: Any,  # noqa: ARG002 -- as above
        new_state: Any,  # noqa: ARG002 -- as above
        state_editor: Any | None = None,
    ) -> None:
        if state_editor is None:
            return
        [found] = await state_editor.client.execute_query_dict(_FIND, [self.table, self.name])
        how = "" if found["is_partitioned"] else "CONCURRENTLY "
        await state_editor.client.execute_script(f"DROP INDEX {how}IF EXISTS {self.name}")

    async def _build_by_parts(self, client: Any) -> None:
        """The parent's is valid once each partition has one, and new partitions come with theirs."""
        await client.execute_script(f"CREATE INDEX IF NOT EXISTS {self.name} ON ONLY {self.table} {self.on}")
        for row in await client.execute_query_dict(_PARTITIONS, [self.table, self.name]):
            part = f"{self.name}_{row['name'].removeprefix(self.table).lstrip('_')}"
            await self._build(client, part, row["name"])
            await client.execute_script(f"ALTER INDEX {self.name} ATTACH PARTITION {part}")

    async def _build(self, client: Any, name: str, table: str) -> None:
        """What stands there under its name is half of one."""
        await client.execute_script(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        await client.execute_script(f"CREATE INDEX CONCURRENTLY {name} ON {table} {self.on}")
