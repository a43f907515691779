"""Receivers that misbehave in every way, and a worker that dies while it sends: nobody misses a delivery (F18)."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import pytest

from tests.chaos.table import FOUND
from tests.clicking import make_account
from tests.e2e.system import System
from tests.integration.worker.webhooks.scene import Scene
from tests.receiving import Mode, Receiver
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.models import DisabledReason

BAD: Final = tuple(mode for mode in Mode if mode not in {Mode.OK, Mode.TALKS, Mode.GONE})
DELIVERIES: Final = 60  # to each receiver
BAD_ONES: Final = 20  # answers, every other one
DEATHS: Final = 4
GIVE_UP_S: Final = 240.0
LOOK_EVERY_S: Final = 0.1
WORKER: Final = {
    "FAULTS": "after_webhook_sent:0.02,after_webhook_results:0.02",
    "WEBHOOK_TIMEOUT_S": "0.3",
    "WEBHOOK_SCHEDULE_FACTOR": "0.00002",
}


@dataclass(frozen=True)
class Told:
    """A receiver, and what it is to be told."""

    endpoint_id: int
    receiver: Receiver
    deliveries: list[UUID]

    async def list_told(self, pool: asyncpg.Pool) -> set[str]:
        rows = await pool.fetch("SELECT webhook_id FROM webhook_delivery WHERE endpoint_id = $1", self.endpoint_id)
        return {row["webhook_id"] for row in rows}


@pytest.fixture
async def scene(system: System) -> AsyncIterator[Scene]:
    async with asyncpg.create_pool(system.postgres.url, min_size=0, max_size=4) as pool, AsyncExitStack() as running:
        yield Scene(pool, system.settings, await make_account(pool, slug="hooked"), running)
        system.stop()


@pytest.mark.at_length
@pytest.mark.feature("R13")
async def test_every_delivery_arrives_signed_whatever_its_receiver_and_its_worker_do(
    system: System, scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    told = {mode: await misbehave(scene, mode) for mode in BAD}
    gone = await misbehave(scene, Mode.GONE)
    worker = system.launch("jobs", **WORKER)
    worker.wait_ready()

    await wait_for_all(system, scene)

    assert worker.deaths >= DEATHS
    for mode, each in told.items():
        queued = await each.list_told(scene.pool)
        assert len(queued) == DELIVERIES
        assert {received.webhook_id for received in each.receiver.accepted} == queued, mode  # none lost, none of others
        assert len(each.receiver.received) > DELIVERIES, mode
        assert {await scene.read_status(delivery) for delivery in each.deliveries} == {DeliveryStatus.DELIVERED}, mode
    endpoint = await scene.read_endpoint(gone.endpoint_id)
    assert (endpoint["status"], endpoint["disabled_reason"]) == ("DISABLED", DisabledReason.GONE)
    attempts = sum(len(each.receiver.received) for each in told.values())
    done = f"{len(BAD)} receivers that fail every other time, each in its way; workers died {worker.deaths} times"
    found = (
        f"{len(BAD) * DELIVERIES} of {len(BAD) * DELIVERIES} arrived in {attempts} attempts, each signed; 410 disabled"
    )
    record_property(FOUND, ["F18", "webhooks", done, found])


async def misbehave(scene: Scene, mode: Mode) -> Told:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.next_modes = deque(itertools.islice(itertools.cycle((mode, Mode.OK)), 2 * BAD_ONES))
    return Told(endpoint_id, receiver, await scene.queue(endpoint_id, DELIVERIES))


async def wait_for_all(system: System, scene: Scene) -> None:
    """Until nothing waits but for who is gone. Who asked for patience has had it, as far as a test can wait."""
    give_up_at = time.monotonic() + GIVE_UP_S
    while waiting := await scene.pool.fetchval(
        "SELECT count(*) FROM webhook_delivery JOIN webhook_endpoint ON webhook_endpoint.id = endpoint_id"
        " WHERE next_at IS NOT NULL AND webhook_endpoint.status = 'ENABLED'"
    ):
        assert time.monotonic() < give_up_at, f"{waiting} deliveries wait\n{system.describe()}"
        system.revive()
        await scene.pool.execute("UPDATE webhook_endpoint SET not_before = NULL WHERE not_before IS NOT NULL")
        await scene.pool.execute(
            "UPDATE webhook_delivery SET next_at = now() WHERE next_at > now() + interval '60 seconds'"
        )
        await asyncio.sleep(LOOK_EVERY_S)
