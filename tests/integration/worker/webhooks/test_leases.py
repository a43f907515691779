"""Whose a delivery is: taken by one worker for as long as its lease, and a success counts whenever it comes."""

import asyncio
import datetime as dt

import pytest

from tests.integration.worker.webhooks.scene import Scene
from tests.waiting import DEADLINE_S
from tracking.clock import utc_now
from tracking.webhooks.deliveries import DeliveryStatus, Due, Result, claim_due, record_results, release

pytestmark = pytest.mark.feature("R13")

HOUR = dt.timedelta(hours=1)


async def claim(scene: Scene, *, most_failing: int = 0) -> list[Due]:
    async with asyncio.timeout(DEADLINE_S):
        return await claim_due(scene.pool, {}, room_of_others=9, most=9, most_failing=most_failing, lease_s=60)


def answer(due: Due, status: DeliveryStatus) -> Result:
    return Result(due.id, due.leased_until, status, 1.0, utc_now(), 1, 200, None, None)


async def test_what_another_one_is_taking_is_left_to_it(scene: Scene) -> None:
    endpoint_id, _ = await scene.open_receiver()
    taken_id, free_id = await scene.queue(endpoint_id, 2)
    async with scene.pool.acquire() as other, other.transaction():
        await other.execute("UPDATE webhook_delivery SET next_at = now() + $2 WHERE id = $1", taken_id, HOUR)
        assert [due.id for due in await claim(scene)] == [free_id]

    assert await claim(scene) == []


async def test_a_success_counts_though_somebody_else_has_the_lease_by_then(scene: Scene) -> None:
    endpoint_id, _ = await scene.open_receiver()
    [delivery_id] = await scene.queue(endpoint_id)
    [late] = await claim(scene)
    await scene.make_due()
    [current] = await claim(scene)
    await record_results(scene.pool, [answer(late, DeliveryStatus.DELIVERED)])
    await record_results(scene.pool, [answer(current, DeliveryStatus.WAITING)])

    assert await scene.read_status(delivery_id) is DeliveryStatus.DELIVERED
    assert await scene.read_attempts(delivery_id) == [(1, 200, None)]


async def test_who_lost_the_lease_gives_nothing_back(scene: Scene) -> None:
    endpoint_id, _ = await scene.open_receiver()
    [delivery_id] = await scene.queue(endpoint_id)
    [late] = await claim(scene)
    await scene.make_due()
    [current] = await claim(scene)
    await release(scene.pool, [late])
    assert (await scene.read(delivery_id))["next_at"] == current.leased_until

    await release(scene.pool, [current])
    assert [due.id for due in await claim(scene)] == [delivery_id]


@pytest.mark.parametrize(("most_failing", "taken"), [(0, 0), (1, 1), (9, 2)])
async def test_of_each_endpoint_that_is_failing_one_is_taken(scene: Scene, most_failing: int, taken: int) -> None:
    for _ in range(2):
        endpoint_id, _ = await scene.open_receiver()
        await scene.queue(endpoint_id, 3)
    await scene.pool.execute("UPDATE webhook_endpoint SET failing_since = now() - interval '1 minute'")
    found = await claim(scene, most_failing=most_failing)

    assert len({due.endpoint_id for due in found}) == len(found) == taken
