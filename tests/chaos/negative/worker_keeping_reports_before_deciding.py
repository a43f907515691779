"""A worker with a mistake that the oracle must see: reports are committed before it is decided how they stand."""

from collections.abc import Sequence

import asyncpg

from tracking.conversions import store
from tracking.conversions.reports import NewReport, insert_reports
from tracking.settings import load_settings
from worker.main import run


async def insert_reports_and_commit(connection: asyncpg.Connection, reports: Sequence[NewReport]) -> None:
    await insert_reports(connection, reports)
    await connection.execute("COMMIT")
    await connection.execute("BEGIN")


if __name__ == "__main__":
    vars(store)["insert_reports"] = insert_reports_and_commit
    run("ingest", load_settings())
