"""The nightly audit leaves what it found where the metrics of every worker tell it."""

from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from tests.clicking import make_account, make_event, store
from tests.integration.worker.programs import running_worker
from tests.service import find_free_ports
from tests.waiting import eventually
from tests.watching import get
from tracking.clock import utc_now
from tracking.reports.fold import fold_all
from tracking.reports.last_audit import read_last_audit
from tracking.settings import Settings
from worker.jobs_role import audit_counts
from worker.stores import Stores

pytestmark = pytest.mark.feature("R12")


async def test_every_worker_tells_what_the_last_audit_found(
    pool: asyncpg.Pool, redis_client: redis.asyncio.Redis, settings: Settings, tmp_path: Path
) -> None:
    account_id = await make_account(pool)
    await store(pool, make_event(account_id))
    await fold_all(pool)
    await pool.execute("UPDATE rollup SET human_clicks = 2 WHERE scope = 13 OR (scope = 1 AND grain = 2)")
    started_at = utc_now()

    assert await read_last_audit(redis_client) is None
    await audit_counts({"stores": Stores(pool, redis_client, [redis_client])})

    last = await read_last_audit(redis_client)
    assert last is not None
    assert (last.accounts, last.at >= started_at) == (1, True)
    [port] = find_free_ports(1)
    with running_worker(settings, "ingest", tmp_path / "log", WORKER_OPS_PORT=str(port)):
        _, metrics = await eventually(
            lambda: get(port, "/metrics"), lambda page: "creatrail_audit_differences" in page[1]
        )
    assert f"creatrail_audit_differences {last.differences}.0" in metrics
    assert f"creatrail_audit_checks {last.checks}.0" in metrics
    assert "creatrail_audit_last_run_timestamp_seconds " in metrics
    assert last.differences > 0


async def test_before_the_first_night_nothing_is_told(
    redis_client: redis.asyncio.Redis, settings: Settings, tmp_path: Path
) -> None:
    [port] = find_free_ports(1)
    with running_worker(settings, "ingest", tmp_path / "log", WORKER_OPS_PORT=str(port)):
        _, metrics = await eventually(lambda: get(port, "/metrics"), lambda page: "fold_age" in page[1])

    assert "creatrail_audit" not in metrics
