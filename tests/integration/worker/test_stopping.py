"""A worker that is told to end ends, whatever is away: who waits for it would kill it."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from creatrail.embedded.valkey import EmbeddedValkey
from tests.integration.worker.lasting import make_worker, open_queue
from tests.integration.worker.programs import running_worker
from tests.waiting import DEADLINE_S
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R3")

End = Callable[[], None]


@pytest.fixture(params=["killed", "frozen"])
def end_redis(valkey: EmbeddedValkey, request: pytest.FixtureRequest) -> Iterator[End]:
    if request.param == "killed":
        yield valkey.crash
    else:
        yield lambda: os.kill(valkey.server.pid, signal.SIGSTOP)
        os.kill(valkey.server.pid, signal.SIGCONT)


@pytest.mark.parametrize("role", ["ingest", "jobs"])
async def test_it_ends_while_redis_is_away(
    settings: Settings, valkey: EmbeddedValkey, end_redis: End, tmp_path: Path, role: str
) -> None:
    settings = msgspec.structs.replace(settings, redis_url=valkey.url)
    with running_worker(settings, role, tmp_path / "log") as process:
        end_redis()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0, (tmp_path / "log").read_text()


async def test_a_job_in_hand_keeps_it_from_nothing(valkey: EmbeddedValkey, end_redis: End) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def wait_for_ever(_ctx: dict[str, Any]) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def note(_ctx: dict[str, Any]) -> None:
        ended.set()

    worker = make_worker(valkey.url, job=wait_for_ever, on_shutdown=note)
    running = asyncio.create_task(worker.async_run())
    async with open_queue(valkey) as queue, asyncio.timeout(DEADLINE_S):
        await queue.enqueue_job("job")
        await begun.wait()
        end_redis()
        worker.handle_sig(signal.SIGTERM)
        await worker.close()

    assert ended.is_set()
    await asyncio.gather(running, return_exceptions=True)
