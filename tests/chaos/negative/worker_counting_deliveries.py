"""A worker with a mistake that the oracle must see: it counts every click that it is handed, stored before or not."""

import asyncpg

from tracking.clicks import store
from tracking.clicks.prepare import PreparedClick
from tracking.settings import load_settings
from worker.main import run

_insert_missing = store._insert_missing


async def insert_and_take_all_for_new(
    connection: asyncpg.Connection, clicks: list[PreparedClick]
) -> list[PreparedClick]:
    await _insert_missing(connection, clicks)
    return clicks


if __name__ == "__main__":
    store._insert_missing = insert_and_take_all_for_new
    run("ingest", load_settings())
