"""A Redis that has no memory left refuses every write that needs some: workers go on, since they alone make room."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.clicking import HOUR_MS, make_event
from tests.integration.worker.conftest import Scene
from tests.integration.worker.programs import running_worker
from tests.waiting import eventually
from tracking.clock import now_ms
from worker.dead_letter import list_dead

pytestmark = pytest.mark.feature("R3", "R8")

ROOM_BYTES = 100_000


async def refuse_writes(scene: Scene, room_bytes: int = 0) -> None:
    """Until so much is freed; for ever when no more is said."""
    memory: Any = await scene.client.info("memory")
    limit = memory["used_memory"] - room_bytes if room_bytes else 1
    await scene.client.config_set("maxmemory", limit)


@pytest.fixture(autouse=True)
async def memory(scene: Scene) -> AsyncIterator[None]:
    yield
    await scene.client.config_set("maxmemory", 0)


async def count_stored(scene: Scene) -> int:
    count: int = await scene.pool.fetchval("SELECT count(*) FROM click WHERE account_id = $1", scene.account_id)
    return count


async def test_a_worker_that_starts_stores_what_waits_and_stays(scene: Scene, tmp_path: Path) -> None:
    await scene.publish(*[make_event(scene.account_id, visitor=number) for number in range(50)])
    await scene.hand_out("another")  # so that there is a group
    await scene.publish(*[make_event(scene.account_id, visitor=number) for number in range(50)])
    await refuse_writes(scene)

    with running_worker(scene.settings, "ingest", tmp_path / "log") as process:
        await eventually(lambda: count_stored(scene), lambda count: count == 50)
        await eventually(lambda: asyncio.to_thread((tmp_path / "log").read_text), lambda text: "jobs wait" in text)
        assert process.poll() is None


async def test_a_worker_of_jobs_stays_too(scene: Scene, tmp_path: Path) -> None:
    await refuse_writes(scene)

    with running_worker(scene.settings, "jobs", tmp_path / "log") as process:
        await eventually(lambda: asyncio.to_thread((tmp_path / "log").read_text), lambda text: "jobs wait" in text)
        assert process.poll() is None


async def test_what_was_stored_makes_room_for_what_is_buried(scene: Scene) -> None:
    good = [make_event(scene.account_id, visitor=number, query=b"x" * 500) for number in range(1_000)]
    await scene.publish(*good[:500], make_event(scene.account_id, at_ms=now_ms() + HOUR_MS), *good[500:])
    await scene.hand_out(scene.settings.worker_name)
    await refuse_writes(scene, ROOM_BYTES)

    await scene.make_ingester(ingest_batch=2_000).drain()

    assert await count_stored(scene) == 1_000
    assert [dead.reason for dead in await list_dead(scene.client)] == ["from_the_future"]
    assert await scene.read_waiting() == (0, 0)
