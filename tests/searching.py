"""A search of everything that is stored, for tests: every table as text, every key of Redis, every file."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import asyncpg
import redis.asyncio

_TABLES: Final = """
    SELECT format('%I', relname) AS name FROM pg_class JOIN pg_namespace AS space ON space.oid = relnamespace
    WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""


def write_text(text: str) -> list[bytes]:
    return [text.encode(), text.encode().hex().encode(), json.dumps(text)[1:-1].encode()]


def write_bytes(value: bytes) -> list[bytes]:
    return [value, value.hex().encode()]


async def search_for(
    pool: asyncpg.Pool, client: redis.asyncio.Redis, folder: Path, needles: Mapping[str, list[bytes]]
) -> set[str]:
    found: set[str] = set()
    for place, content in [*await _read_tables(pool), *await _read_keys(client), *_read_files(folder)]:
        for name, forms in needles.items():
            if any(form in content for form in forms):
                found.add(f"{name} in {place}")
    return found


async def _read_tables(pool: asyncpg.Pool) -> list[tuple[str, bytes]]:
    read: list[tuple[str, bytes]] = []
    for row in await pool.fetch(_TABLES):
        table = row["name"]
        rows = await pool.fetch(f"SELECT each::text AS said FROM {table} AS each")
        read.append((table, "\n".join(each["said"] for each in rows).encode()))
    chunks = await pool.fetch("SELECT content FROM export_chunk")
    return [*read, *(("export_chunk", zlib.decompress(row["content"])) for row in chunks)]


async def _read_keys(client: redis.asyncio.Redis) -> list[tuple[str, bytes]]:
    read: list[tuple[str, bytes]] = []
    async for key in client.scan_iter():
        if await client.type(key) == b"stream":
            read.append((key.decode(), repr(await client.xrange(key)).encode()))
            entries: Any = await client.xrange(key)
            read += [(key.decode(), b"\n".join(fields.values())) for _, fields in entries]
        else:
            read.append((key.decode(), key + (await client.dump(key) or b"")))
    return read


def _read_files(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
