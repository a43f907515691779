"""Every SQL statement that the programs send, as PostgreSQL's own log tells them; for counting and for plans."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from bench.stores import Stores

_ENTRY = re.compile(r"^\d{4}-\d\d-\d\d [^\n]*? (?P<kind>LOG|DETAIL|STATEMENT|ERROR):  (?P<text>.*)", re.DOTALL)
_STATEMENT = re.compile(r"(?:statement|execute [^:]+):\s*(?P<sql>.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: list[str]  # as literals


@dataclass
class StatementLog:
    """Complete once the block of `log_statements` has ended."""

    statements: list[Statement] = field(default_factory=list)


@asynccontextmanager
async def log_statements(stores: Stores) -> AsyncIterator[StatementLog]:
    connection = await asyncpg.connect(stores.postgres.url)
    path = stores.postgres.server.log
    found = StatementLog()
    try:
        await _switch(connection, "all")
        began = path.stat().st_size
        yield found
        ended = path.stat().st_size
        await _switch(connection, "none")
        found.statements += parse_log(path.read_bytes()[began:ended].decode(errors="replace"))
    finally:
        await connection.close()


def parse_log(text: str) -> Iterator[Statement]:
    sql: str | None = None
    for kind, entry in _split_entries(text):
        if kind == "DETAIL" and sql is not None:
            yield Statement(sql, _PARAMETER.findall(entry))
            sql = None
            continue
        if sql is not None:
            yield Statement(sql, [])
        statement = _STATEMENT.fullmatch(entry) if kind == "LOG" else None
        sql = statement["sql"] if statement else None
    if sql is not None:
        yield Statement(sql, [])


def _split_entries(text: str) -> Iterator[tuple[str, str]]:
    """A line that starts with a tab goes on with the entry before it."""
    for entry in re.split(r"\n(?!\t)", text):
        found = _ENTRY.match(entry)
        if found:
            yield found["kind"], found["text"].replace("\n\t", "\n")


async def _switch(connection: asyncpg.Connection, which: str) -> None:
    """Sessions that are open follow when they next hear from their client."""
    await connection.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
    await connection.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(10):
        while await connection.fetchval("SHOW log_statement") != which:  # noqa: ASYNC110 -- another process changes it
            await asyncio.sleep(0.01)
