"""What PostgreSQL wrote ahead between two moments, as its own pg_waldump adds it up."""

import re
import subprocess
from typing import Final, NamedTuple

import asyncpg

from bench.programs import BenchError
from bench.stores import Stores

# Records of Total: how many, the bytes of what they say, and the bytes of whole pages in them.
_TOTAL: Final = re.compile(r"^Total\s+\d+\s+(\d+) \[[^]]*\]\s+(\d+) \[", re.MULTILINE)


class Written(NamedTuple):
    """In bytes."""

    total: float
    whole_pages: float


async def read_position(connection: asyncpg.Connection) -> str:
    position: str = await connection.fetchval("SELECT pg_current_wal_flush_lsn()::text")
    return position


def read_written(stores: Stores, start: str, end: str) -> Written:
    binary, folder = stores.postgres.binaries / "pg_waldump", stores.postgres.data / "pg_wal"
    told = subprocess.run(
        [binary, "--stats", "--path", folder, "--start", start, "--end", end],
        capture_output=True,
        text=True,
        check=False,
    )
    found = _TOTAL.search(told.stdout)
    if found is None:
        raise BenchError(f"pg_waldump from {start} to {end}: {told.stderr or told.stdout}")
    records, whole_pages = int(found[1]), int(found[2])
    return Written(records + whole_pages, whole_pages)
