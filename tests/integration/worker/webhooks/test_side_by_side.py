"""Endpoints and workers beside each other: nobody waits for a dead one, and nothing is sent by two at once."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from tests.integration.worker.programs import running_worker
from tests.integration.worker.webhooks.scene import TIMEOUT_S, Scene
from tests.receiving import Mode, Receiver
from tests.waiting import eventually
from tracking.clock import utc_now
from tracking.webhooks.deliveries import DeliveryStatus, Result, claim_due, record_results
from worker.webhooks.dispatcher import Dispatcher

pytestmark = pytest.mark.feature("R13")


async def test_a_dead_endpoint_holds_up_no_other(scene: Scene) -> None:
    dead_id, dead = await scene.open_receiver()
    dead.answering.clear()
    well_id, well = await scene.open_receiver()
    await scene.queue(dead_id, 50)
    await scene.queue(well_id, 50)
    stopping = asyncio.Event()
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    running = asyncio.create_task(dispatcher.run(stopping))
    await eventually(lambda: count(well), lambda made: made == 50)
    assert dead.busiest <= 4
    assert dead.received == []
    dead.answering.set()
    await eventually(lambda: count(dead), lambda made: made == 50)
    stopping.set()
    await running
    assert await scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 1") == 100


async def test_more_are_sent_at_once_to_who_answers_at_once_and_one_to_who_does_not(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    await send_at_once(scene, dispatcher, endpoint_id, receiver, 1)
    await warm(scene, dispatcher, endpoint_id)
    await send_at_once(scene, dispatcher, endpoint_id, receiver, 4)
    await scene.pool.execute("UPDATE webhook_endpoint SET failing_since = now() - interval '1 minute'")
    await send_at_once(scene, dispatcher, endpoint_id, receiver, 1)


async def send_at_once(
    scene: Scene, dispatcher: Dispatcher, endpoint_id: int, receiver: Receiver, expected: int
) -> None:
    """Of nine so many come together, before the first is answered, and never more."""
    receiver.busiest = 0
    receiver.answering.clear()
    await scene.queue(endpoint_id, 9)
    await dispatcher.pass_once()
    await eventually(lambda: read_flying(receiver), lambda flying: flying == expected)
    await scene.pool.execute("DELETE FROM webhook_delivery WHERE next_at <= now()")  # the rest would be for later
    receiver.answering.set()
    await dispatcher.settle()
    assert await scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 0") == 0


async def warm(scene: Scene, dispatcher: Dispatcher, endpoint_id: int) -> None:
    """Until as many are sent at once as ever are."""
    for _ in range(4):
        await scene.queue(endpoint_id)
        await scene.deliver(dispatcher)


async def test_connections_are_used_again(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    dispatcher = scene.make_dispatcher()
    for _ in range(5):
        await scene.queue(endpoint_id, 3)
        await scene.deliver(dispatcher)
    assert len(receiver.accepted) == 15
    assert receiver.connections <= 4


async def test_two_workers_share_the_work_and_send_nothing_twice(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await scene.queue(endpoint_id, 100)
    stopping = asyncio.Event()
    dispatchers = [scene.make_dispatcher() for _ in range(3)]
    running = [asyncio.create_task(each.run(stopping)) for each in dispatchers]
    await eventually(lambda: count(receiver), lambda made: made == 100)
    stopping.set()
    await asyncio.gather(*running)
    assert len({each.webhook_id for each in receiver.received}) == len(receiver.received) == 100
    assert all(dispatcher.outcomes["delivered"] for dispatcher in dispatchers)


async def test_what_a_worker_took_and_lost_is_sent_again_when_its_lease_ends(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    [delivery_id] = await scene.queue(endpoint_id)
    lost = scene.make_dispatcher()
    await lost.pass_once()  # and never writes what came of it
    await eventually(lambda: count(receiver), lambda made: made == 1)
    assert await scene.deliver() == 0
    await scene.make_due()
    assert await scene.deliver() == 1
    assert [each.webhook_id for each in receiver.received] == ["evt_1", "evt_1"]
    await lost.settle()  # late, and it changes nothing
    row = await scene.read(delivery_id)
    assert (row["status"], row["attempts"]) == (DeliveryStatus.DELIVERED, 1)


async def test_a_late_failure_takes_nothing_from_who_has_it_now(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.next_modes.append(Mode.FAILS)
    [delivery_id] = await scene.queue(endpoint_id)
    late = scene.make_dispatcher()
    await late.pass_once()
    await eventually(lambda: count(receiver, "received"), lambda made: made == 1)
    until = await scene.pool.fetchval("UPDATE webhook_delivery SET next_at = next_at + $1 RETURNING next_at", HOUR)
    await late.settle()
    row = await scene.read(delivery_id)
    assert (row["status"], row["attempts"], row["next_at"]) == (DeliveryStatus.WAITING, 0, until)


async def test_of_two_results_for_one_delivery_the_success_counts(scene: Scene) -> None:
    endpoint_id, _ = await scene.open_receiver()
    [delivery_id] = await scene.queue(endpoint_id)
    [due] = await claim_due(scene.pool, {}, room_of_others=1, most=1, most_failing=0, lease_s=60)
    made = Result(due.id, due.leased_until, DeliveryStatus.DELIVERED, 0, utc_now(), 1, 200, None, "thanks")
    failed = made._replace(status=DeliveryStatus.WAITING, status_code=500)
    await record_results(scene.pool, [made, failed])
    assert await scene.read_status(delivery_id) is DeliveryStatus.DELIVERED
    assert await scene.read_attempts(delivery_id) == [(1, 200, None)]


async def test_who_is_told_to_stop_finishes_what_flies_and_gives_back_the_rest(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    await warm(scene, dispatcher, endpoint_id)
    receiver.answering.clear()
    await scene.queue(endpoint_id, 16)
    stopping = asyncio.Event()
    running = asyncio.create_task(dispatcher.run(stopping))
    await eventually(lambda: read_flying(receiver), lambda flying: flying == 4)
    stopping.set()
    await eventually(
        lambda: scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE next_at <= now()"),
        lambda due: due == 12,
    )
    receiver.answering.set()
    await running
    assert await scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 1") == 8


@pytest.mark.parametrize("point", ["after_webhook_sent", "after_webhook_results"])
async def test_a_worker_that_is_killed_in_between_loses_nothing(scene: Scene, tmp_path: Path, point: str) -> None:
    """Real processes: each dies after the first answer; the last one is left alone."""
    endpoint_id, receiver = await scene.open_receiver()
    await scene.queue(endpoint_id, 6)
    changes = {"WEBHOOK_ALLOW_PRIVATE": "true", "WEBHOOK_TIMEOUT_S": str(TIMEOUT_S)}
    with (
        pytest.raises(AssertionError),
        running_worker(scene.settings, "jobs", tmp_path / "log", FAULTS=point, **changes) as doomed,
    ):
        assert await asyncio.to_thread(doomed.wait, 30) == 9
    assert receiver.received
    await scene.make_due()
    with running_worker(scene.settings, "jobs", tmp_path / "log", **changes):
        await eventually(
            lambda: scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE status = 1"),
            lambda made: made == 6,
        )
    assert {each.webhook_id for each in receiver.accepted} == {f"evt_{number}" for number in range(1, 7)}


HOUR = dt.timedelta(hours=1)


async def count(receiver: Receiver, what: str = "accepted") -> int:
    return len(getattr(receiver, what))


async def read_flying(receiver: Receiver) -> int:
    return receiver.busiest
