"""`./dev bench exports`: a million raw clicks as a file, by a worker of its own, whose memory is watched meanwhile."""

import asyncio
import time
from typing import Final, NamedTuple

import asyncpg
from arq import create_pool

from bench.account import BenchAccount, fill_account
from bench.figures import Figure, Gate, Outcome, Table
from bench.programs import BenchError, Program, run_program
from bench.stores import Stores, find_free_port, open_stores
from tracking.clicks.days_ahead import prepare_days
from tracking.clock import now_ms, utc_now
from tracking.database import open_pool
from tracking.exports.files import find_file, read_file
from tracking.exports.models import Export, ExportFormat, ExportKind, ExportStatus
from tracking.exports.service import NewExport
from tracking.exports.service import request_export as write_request
from tracking.jobs import deserialize_job, request_export, serialize_job
from tracking.orm import open_orm
from worker.main import describe_redis

CLICKS: Final = 1_000_000
LINKS: Final = 1_000
FORMATS: Final = (ExportFormat.CSV, ExportFormat.JSON_LINES, ExportFormat.XLSX)
DEADLINE_S: Final = 1_800
LOOK_EVERY_S: Final = 0.05
SPAN_MS: Final = 24 * 60 * 60 * 1_000
GATE: Final = Gate(150, is_ceiling=True)
_AGENT: Final = """
    INSERT INTO user_agent (digest, user_agent, browser, os, device)
    VALUES ('\\x00', 'bench', 'Chrome', 'Android', 'Pixel 9') RETURNING id
"""
# An id is a UUIDv7: milliseconds, the version, and what makes it differ from others.
_CLICKS: Final = """
    WITH numbered AS (
        SELECT n, ids.link_id, ids.campaign_id, ids.creator_id, $4::bigint + n * $5::bigint / $6::bigint AS ms
        FROM generate_series(0, $6::bigint - 1) AS n
        JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY
            AS ids (link_id, campaign_id, creator_id, i)
            ON ids.i = n % cardinality($1::bigint[]) + 1
    )
    INSERT INTO click (id, account_id, link_id, campaign_id, creator_id, occurred_at, verdict, traffic_class, reasons,
        score, ruleset, is_counted, visitor_key, visitor_method, visitor_day, facts, user_agent_id, referrer_host)
    SELECT (lpad(to_hex(ms), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))::uuid, $7, link_id, campaign_id,
        creator_id, to_timestamp(ms / 1000.0), 0, 0, 0, 0, 1, true, decode(lpad(to_hex(n), 32, '0'), 'hex'), 1,
        (to_timestamp(ms / 1000.0) AT TIME ZONE 'UTC')::date, 0, $8, 'www.instagram.com'
    FROM numbered
"""
_UNIQUES: Final = """
    INSERT INTO unique_click (day, subject, subject_id, visitor_key, account_id, click_id)
    SELECT visitor_day, 0, link_id, visitor_key, account_id, id FROM click
"""


class Made(NamedTuple):
    seconds: float
    size_mb: float
    idle_mb: float
    peak_mb: float


def run(rounds: int) -> Outcome:  # noqa: ARG001 -- a peak needs no rounds; every bench is called alike
    with open_stores() as stores:
        account = asyncio.run(fill_account(stores.postgres.url, LINKS))
        asyncio.run(_store_clicks(stores, account))
        made = {each: _measure(stores, account, each) for each in FORMATS}
    rows = [
        [each.value, f"{one.seconds:.0f}", f"{CLICKS / one.seconds:,.0f}", f"{one.size_mb:.0f}", f"{one.idle_mb:.0f}",
         f"{one.peak_mb:.0f}"]
        for each, one in made.items()
    ]  # fmt: skip
    header = ["format", "seconds", "rows/s", "file, MB", "worker before, MB", "worker at most, MB"]
    return Outcome(
        "exports",
        tables=[Table(f"{CLICKS:,} raw clicks, each format by a worker that has just started", header, rows)],
        figures=[
            Figure("export_peak_mb", max(one.peak_mb for one in made.values()), GATE),
            Figure("export_rows_per_s", CLICKS / made[ExportFormat.CSV].seconds),
        ],
    )


async def _store_clicks(stores: Stores, account: BenchAccount) -> None:
    """Of the last day, as many on each link, each of a visitor of its own."""
    pool = await open_pool(stores.make_settings(), command_timeout_s=DEADLINE_S)
    try:
        await prepare_days(pool, utc_now())
        await write_clicks(pool, account, now_ms() - SPAN_MS, SPAN_MS)
    finally:
        await pool.close()


async def write_clicks(pool: asyncpg.Pool, account: BenchAccount, since_ms: int, span_ms: int) -> None:
    """CLICKS of them from then on, straight into the tables, for which there are partitions."""
    ids = [[getattr(link, name) for link in account.links] for name in ("link_id", "campaign_id", "creator_id")]
    agent_id = await pool.fetchval(_AGENT)
    await pool.execute(_CLICKS, *ids, since_ms, span_ms, CLICKS, account.account_id, agent_id)
    await pool.execute(_UNIQUES)
    await pool.execute("ANALYZE")


def _measure(stores: Stores, account: BenchAccount, export_format: ExportFormat) -> Made:
    environment = stores.make_environment(WORKER_OPS_PORT=str(find_free_port()))
    log = stores.folder / "worker-jobs.log"
    with run_program("worker --jobs", ["creatrail", "worker", "--jobs"], environment, log) as worker:
        return asyncio.run(_export(stores, account, export_format, worker))


async def _export(stores: Stores, account: BenchAccount, export_format: ExportFormat, worker: Program) -> Made:
    settings = stores.make_settings()
    queue = await create_pool(
        describe_redis(settings.redis_url), job_serializer=serialize_job, job_deserializer=deserialize_job
    )
    async with open_orm(settings):
        idle_mb = peak_mb = worker.read_rss_mb()
        started_at = time.monotonic()
        row = await write_request(account.account_id, NewExport(ExportKind.CLICKS, export_format))
        await request_export(queue, row.id)
        while (found := await Export.get(id=row.id)).ended_at is None:
            peak_mb = max(peak_mb, worker.read_rss_mb())
            if time.monotonic() - started_at > DEADLINE_S:
                raise BenchError("the export did not come to its end")
            await asyncio.sleep(LOOK_EVERY_S)
        seconds = time.monotonic() - started_at
    await queue.aclose()
    if found.status is not ExportStatus.COMPLETED or found.rows_done != CLICKS:
        raise BenchError(f"the export ended as {found.status.value} with {found.rows_done} rows: {found.failure}")
    await _require_readable(stores, found)
    return Made(seconds, (found.size_bytes or 0) / 1e6, idle_mb, peak_mb)


async def _require_readable(stores: Stores, row: Export) -> None:
    pool: asyncpg.Pool = await open_pool(stores.make_settings())
    try:
        file = await find_file(pool, row.id)
        size = 0 if file is None else sum([len(each) async for each in read_file(pool, file, 0, file.size_bytes - 1)])
        if size != row.size_bytes:
            raise BenchError(f"{size} bytes can be read of {row.size_bytes}")
    finally:
        await pool.close()
