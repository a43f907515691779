"""A worker with a mistake that the oracle must see: clicks are committed before their counts, not with them."""

import asyncpg

from tracking.clicks import store
from tracking.clicks.prepare import PreparedClick
from tracking.settings import load_settings
from worker.main import run

_insert_new = store._insert_new


async def insert_and_commit(connection: asyncpg.Connection, clicks: list[PreparedClick]) -> list[PreparedClick]:
    new = await _insert_new(connection, clicks)
    await connection.execute("COMMIT")
    await connection.execute("BEGIN")
    return new


if __name__ == "__main__":
    store._insert_new = insert_and_commit
    run("ingest", load_settings())
