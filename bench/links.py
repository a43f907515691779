"""`./dev bench links`: a message for 10,000 contacts by the worker's own job, against COPY of the same links."""

import time
from types import SimpleNamespace
from typing import Any

import asyncpg
import uvloop

from bench.account import fill_account
from bench.figures import Figure, Gate, Outcome, Table, format_number
from bench.programs import BenchError
from bench.stores import Stores, open_stores
from tracking.messages.composing import Draft
from tracking.messages.preparing import LINKS_A_BATCH
from tracking.messages.recipients import Audience
from tracking.messages.service import NewMessage, prepare_message
from tracking.orm import open_orm
from worker.message_jobs import prepare_message_links

CONTACTS = 10_000
OTHER_LINKS = 10_000
TABLE = "copied_link"
GATE = Gate(0.20)
NOTE = (
    "The job does more than the COPY: it names every contact as a recipient, makes the slugs, binds each link to its\n"
    "recipient and marks who is done, in transactions that can be killed. Both write the same rows in batches of the\n"
    "same size, into tables with the same keys and indexes."
)


def run(rounds: int) -> Outcome:
    with open_stores() as stores:
        pairs = uvloop.run(_measure(stores, rounds))
    copies, jobs = [copy_s for copy_s, _ in pairs], [job_s for _, job_s in pairs]
    rows = [
        ["COPY of ready rows", *_describe(copies)],
        ["the worker's job", *_describe(jobs)],
    ]
    title = f"{CONTACTS:,} recipient links, {rounds} paired rounds"
    return Outcome(
        "links",
        tables=[Table(title, ["path", "slowest links/s", "fastest links/s"], rows)],
        figures=[
            Figure.median("links_vs_copy", [copy_s / job_s for copy_s, job_s in pairs], GATE),
            Figure.median("links_per_s", [CONTACTS / job_s for job_s in jobs]),
        ],
        notes=[NOTE],
    )


async def _measure(stores: Stores, rounds: int) -> list[tuple[float, float]]:
    """Pairs of seconds: COPY, then the job. A first run of both gives the rows, and is not measured."""
    settings = stores.make_settings()
    account_id = (await fill_account(settings.database_url, OTHER_LINKS)).account_id
    connection = await asyncpg.connect(settings.database_url)
    try:
        await _insert_contacts(connection, account_id)
        async with open_orm(settings):
            await _run_job(connection, account_id)
            columns, records = await _read_links(connection)
            await connection.execute(f"CREATE TABLE {TABLE} (LIKE link INCLUDING ALL)")
            return [
                (await _copy(connection, columns, records), await _run_job(connection, account_id))
                for _ in range(rounds)
            ]
    finally:
        await connection.close()


async def _insert_contacts(connection: asyncpg.Connection, account_id: int) -> None:
    await connection.execute(
        "INSERT INTO contact (account_id, external_id, name, created_at)"
        " SELECT $1, 'c' || n, 'Contact ' || n, now() FROM generate_series(1, $2::int) n",
        account_id,
        CONTACTS,
    )


async def _run_job(connection: asyncpg.Connection, account_id: int) -> float:
    """Seconds of the job, for a message of its own; those of earlier rounds are gone."""
    await connection.execute("DELETE FROM link WHERE kind = 'RECIPIENT'")
    await connection.execute("DELETE FROM message")
    await connection.execute("VACUUM ANALYZE link, message, message_recipient, contact")
    draft = Draft("Hi {{ contact.name }}: https://shop.example.com/collections/summer", tracks_plain_urls=True)
    message = await prepare_message(account_id, NewMessage("Bench", draft, audience=Audience(every_contact=True)))
    await connection.execute("CHECKPOINT")
    started_at = time.perf_counter()
    await prepare_message_links({"stores": SimpleNamespace(client=_Nobody())}, message.id)
    elapsed_s = time.perf_counter() - started_at
    made = await connection.fetchval("SELECT count(*) FROM link WHERE contact_id IS NOT NULL")
    if made != CONTACTS:
        raise BenchError(f"{made} of {CONTACTS} links were made")
    return elapsed_s


async def _read_links(connection: asyncpg.Connection) -> tuple[list[str], list[tuple[Any, ...]]]:
    rows = await connection.fetch("SELECT * FROM link WHERE contact_id IS NOT NULL ORDER BY id")
    return list(rows[0].keys()), [tuple(row) for row in rows]


async def _copy(connection: asyncpg.Connection, columns: list[str], records: list[tuple[Any, ...]]) -> float:
    """Each batch committed by itself, beside as many other links as there are beside the job's."""
    await connection.execute(f"TRUNCATE {TABLE}")
    await connection.execute(f"INSERT INTO {TABLE} SELECT * FROM link WHERE contact_id IS NULL AND message_id IS NULL")
    await connection.execute(f"VACUUM ANALYZE {TABLE}")
    await connection.execute("CHECKPOINT")
    started_at = time.perf_counter()
    for start in range(0, len(records), LINKS_A_BATCH):
        batch = records[start : start + LINKS_A_BATCH]
        await connection.copy_records_to_table(TABLE, records=batch, columns=columns)
    return time.perf_counter() - started_at


def _describe(seconds: list[float]) -> list[str]:
    return [format_number(CONTACTS / max(seconds)), format_number(CONTACTS / min(seconds))]


class _Nobody:
    """Listens to no call: redirectors are not part of this."""

    async def publish(self, channel: str, message: str) -> int:  # noqa: ARG002 -- as a Redis client's
        return 0
