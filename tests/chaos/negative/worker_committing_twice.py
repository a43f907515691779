"""A worker with a mistake that the oracle must see: clicks are committed before their counts, not with them."""

from uuid import UUID

import asyncpg

from tracking.clicks import store
from tracking.clicks.prepare import PreparedClick
from tracking.settings import load_settings
from worker.main import run

_store_in_transaction = store._store_in_transaction


async def store_in_two_transactions(
    pool: asyncpg.Pool, prepared: store.PreparedBatch, insert: store.Insert
) -> list[UUID]:
    async def insert_and_commit(connection: asyncpg.Connection, clicks: list[PreparedClick]) -> list[PreparedClick]:
        new = await insert(connection, clicks)
        await connection.execute("COMMIT")
        await connection.execute("BEGIN")
        return new

    return await _store_in_transaction(pool, prepared, insert_and_commit)


if __name__ == "__main__":
    store._store_in_transaction = store_in_two_transactions
    run("ingest", load_settings())
