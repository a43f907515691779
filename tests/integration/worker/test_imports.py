"""The worker's part of imports: asked for, found again, stopped for good."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis.asyncio
from arq import create_pool
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tests.integration.tracking.imports.files import count, put_file
from tests.integration.worker.programs import running_worker
from tests.waiting import eventually
from tracking.imports.models import Import, ImportKind, ImportStatus
from tracking.jobs import deserialize_job, request_import, serialize_job
from tracking.settings import Settings
from tracking.streams import CHANGES_CHANNEL
from worker.import_jobs import resume_imports, run_uploaded_import
from worker.main import describe_redis
from worker.stores import Stores

ROWS = [["handle"], ["anna"], ["berta"]]


@pytest.fixture
def ctx(orm: TortoiseContext, settings: Settings, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis) -> Any:
    return {"stores": Stores(pool, redis_client, [redis_client]), "settings": settings}


@pytest.mark.feature("CU11")
async def test_an_uploaded_file_is_written_by_the_jobs_role(
    orm: TortoiseContext, settings: Settings, tmp_path: Path
) -> None:
    import_id = await put_file(await make_brand(), ImportKind.CREATORS, ROWS)
    queue = await create_pool(
        describe_redis(settings.redis_url), job_serializer=serialize_job, job_deserializer=deserialize_job
    )

    async def read() -> Import:
        return await Import.get(id=import_id)

    with running_worker(settings, "jobs", tmp_path / "log"):
        await request_import(queue, import_id)
        done = await eventually(read, lambda row: row.ended_at is not None)

    await queue.aclose()
    assert (done.status, count(done)) == (ImportStatus.COMPLETED, (2, 0, 0, 0))


async def test_an_import_whose_job_was_lost_is_found_and_redirectors_are_woken(
    ctx: Any, redis_client: redis.asyncio.Redis
) -> None:
    import_id = await put_file(await make_brand(), ImportKind.CREATORS, ROWS)

    async with redis_client.pubsub(ignore_subscribe_messages=True) as reader:
        await reader.subscribe(CHANGES_CHANNEL)
        await resume_imports(ctx)
        await eventually(lambda: reader.get_message(timeout=1))

    assert (await Import.get(id=import_id)).status is ImportStatus.COMPLETED


async def test_an_import_that_another_worker_is_at_is_left_to_it(ctx: Any, settings: Settings) -> None:
    import_id = await put_file(await make_brand(), ImportKind.CREATORS, ROWS)
    other = await asyncpg.connect(settings.database_url)
    await other.execute("SELECT pg_advisory_lock(hashtextextended('run import', $1))", import_id)

    await run_uploaded_import(ctx, import_id)
    left = await Import.get(id=import_id)
    await other.close()
    await run_uploaded_import(ctx, import_id)

    assert left.status is ImportStatus.QUEUED
    assert (await Import.get(id=import_id)).status is ImportStatus.COMPLETED


async def test_a_fault_of_ours_ends_the_import_and_is_not_run_again_and_again(ctx: Any) -> None:
    import_id = await put_file(await make_brand(), ImportKind.CREATORS, ROWS)
    await Import.filter(id=import_id).update(upload_attempt=None)

    await run_uploaded_import(ctx, import_id)

    failed = await Import.get(id=import_id)
    assert (failed.status, failed.failure) == (
        ImportStatus.FAILED,
        "an error of the service stopped it; what is done stays, and may be sent again",
    )
