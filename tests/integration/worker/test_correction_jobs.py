"""The worker's part of corrections: asked for, found again after a kill, stopped for good."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio
from arq import create_pool
from tortoise.context import TortoiseContext

from creatrail.embedded.folders import PROJECT
from tests.clicking import make_account, make_event, read_totals, store
from tests.corrections import read_changes
from tests.integration.worker.programs import running_worker
from tests.servers import describe_environment
from tests.waiting import eventually
from tracking.bots.corrections.models import Correction, CorrectionStatus
from tracking.bots.corrections.service import WantedReclassification, request_reclassification
from tracking.bots.verdicts import Verdict
from tracking.clicks.filters import ClickFilter
from tracking.jobs import deserialize_job, request_corrections, serialize_job
from tracking.reports.audit import audit
from tracking.reports.scopes import COUNTERS
from tracking.settings import Settings
from worker.correction_jobs import resume_corrections, run_corrections_of
from worker.main import describe_redis
from worker.stores import Stores

CRASHED = 9

pytestmark = [pytest.mark.feature("TR25", "R4", "R6"), pytest.mark.usefixtures("orm")]


@pytest.fixture
def ctx(orm: TortoiseContext, settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Any:
    return {"stores": Stores(pool, redis_client, [redis_client]), "settings": settings}


def crash(settings: Settings, point: str, log: Path) -> int:
    """Run a worker that dies at the point. Answers with how it ended."""
    with log.open("ab") as output:
        return subprocess.run(
            [sys.executable, "-m", "creatrail", "worker", "--jobs"],
            cwd=PROJECT,
            env=describe_environment(settings) | {"FAULTS": f"{point}:1"},
            stdout=output,
            stderr=output,
            timeout=120,
            check=False,
        ).returncode


async def ask(pool: asyncpg.Pool) -> Correction:
    """Three clicks of two visitors are called a program's."""
    account_id = await make_account(pool)
    await store(pool, *(make_event(account_id, visitor=visitor) for visitor in (1, 2, 2)))
    return await request_reclassification(pool, account_id, WantedReclassification(ClickFilter([7]), Verdict.BOT))


async def enqueue(settings: Settings, account_id: int) -> None:
    queue = await create_pool(
        describe_redis(settings.redis_url), job_serializer=serialize_job, job_deserializer=deserialize_job
    )
    await request_corrections(queue, account_id)
    await queue.aclose()


async def check_done(pool: asyncpg.Pool, row: Correction) -> None:
    done = await Correction.get(id=row.id)
    assert (done.status, done.examined_clicks, done.applied_clicks) == (CorrectionStatus.APPLIED, 3, 3)
    expected = {name: [0, 0] for name in COUNTERS} | {
        "human_clicks": [3, -3],
        "bot_clicks": [0, 3],
        "counted_clicks": [3, -3],
        "unique_clicks": [2, -2],
        "unique_by_hash": [2, -2],
    }
    assert await read_changes(done) == {(2, 3): expected}
    totals = await read_totals(pool, row.account_id)
    assert {name: count for name, count in totals.items() if count} == {"bot_clicks": 3}
    assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 3
    assert (await audit(pool)).differences == []


async def test_what_is_asked_for_is_done_by_the_jobs_role(
    pool: asyncpg.Pool, settings: Settings, tmp_path: Path
) -> None:
    row = await ask(pool)

    with running_worker(settings, "jobs", tmp_path / "log"):
        await enqueue(settings, row.account_id)
        await eventually(lambda: Correction.get(id=row.id), lambda found: found.finished_at is not None)

    await check_done(pool, row)


@pytest.mark.parametrize(
    "point", ["before_compared_commit", "before_elected_commit", "after_labels", "after_relabel", "before_applied"]
)
async def test_one_whose_worker_was_killed_is_found_and_goes_on(
    ctx: Any, pool: asyncpg.Pool, settings: Settings, tmp_path: Path, point: str
) -> None:
    row = await ask(pool)
    await enqueue(settings, row.account_id)
    assert crash(settings, point, tmp_path / "log") == CRASHED, (tmp_path / "log").read_text()
    assert (await Correction.get(id=row.id)).finished_at is None

    await resume_corrections(ctx)

    await check_done(pool, row)


async def test_those_of_an_account_that_another_worker_is_at_are_left_to_it(
    ctx: Any, pool: asyncpg.Pool, settings: Settings
) -> None:
    row = await ask(pool)
    other = await asyncpg.connect(settings.database_url)
    await other.execute("SELECT pg_advisory_lock(hashtextextended('run corrections', $1))", row.account_id)

    await run_corrections_of(ctx, row.account_id)
    left = await Correction.get(id=row.id)
    await other.close()
    await run_corrections_of(ctx, row.account_id)

    assert left.status is CorrectionStatus.COMPARING
    await check_done(pool, row)


async def test_a_fault_of_ours_ends_the_correction_and_the_next_one_runs(ctx: Any, pool: asyncpg.Pool) -> None:
    row = await ask(pool)
    await Correction.filter(id=row.id).update(wanted="no JSON")
    given = WantedReclassification(ClickFilter([7]), Verdict.BOT)
    following = await request_reclassification(pool, row.account_id, given)

    await run_corrections_of(ctx, row.account_id)
    await resume_corrections(ctx)

    failed = await Correction.get(id=row.id)
    assert (failed.status, failed.failure) == (
        CorrectionStatus.FAILED,
        "an error of the service stopped it; what it has applied stays, and can be undone",
    )
    await check_done(pool, following)
