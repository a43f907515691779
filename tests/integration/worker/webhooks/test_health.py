"""When an endpoint is called no more, and that it is told; and what waits for it meanwhile."""

import datetime as dt

import pytest

from tests.integration.worker.webhooks.scene import Scene
from tests.receiving import Mode
from tracking.clock import utc_now
from tracking.webhooks.deliveries import DeliveryStatus, Origin

pytestmark = pytest.mark.feature("R13")


async def test_410_ends_it_and_what_waits_goes_on_when_it_is_enabled_again(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.GONE
    [delivery_id] = await scene.queue(endpoint_id)
    dispatcher = scene.make_dispatcher()
    await scene.deliver(dispatcher)
    row = await scene.read_endpoint(endpoint_id)
    assert (row["status"], row["disabled_reason"]) == ("DISABLED", "GONE")
    assert row["disabled_at"] is not None
    noted = await scene.pool.fetchrow("SELECT account_id, subject_type, subject_id, action, after FROM history_entry")
    assert tuple(noted)[:4] == (scene.account_id, "WebhookEndpoint", endpoint_id, "DISABLED")
    await scene.make_due()
    assert await scene.deliver(dispatcher) == 0
    receiver.mode = Mode.OK
    await scene.pool.execute("UPDATE webhook_endpoint SET status = 'ENABLED'")
    assert await scene.deliver(dispatcher) == 1
    assert await scene.read_status(delivery_id) is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(("failing_for_h", "status"), [(71, "ENABLED"), (72, "DISABLED")])
async def test_three_days_of_nothing_but_failures_end_it(scene: Scene, failing_for_h: int, status: str) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.FAILS
    await scene.set_failing(endpoint_id, dt.timedelta(hours=failing_for_h), silent_for=dt.timedelta(hours=35))
    await fail(scene, endpoint_id, 1)
    row = await scene.read_endpoint(endpoint_id)
    assert (row["status"], row["disabled_reason"]) == (status, "FAILING" if status == "DISABLED" else None)


async def test_the_factor_shortens_the_three_days_too(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.FAILS
    await scene.set_failing(endpoint_id, dt.timedelta(minutes=30))
    await fail(scene, endpoint_id, 1, webhook_schedule_factor=1 / 1_000)
    assert (await scene.read_endpoint(endpoint_id))["status"] == "DISABLED"


async def test_failures_before_and_after_we_were_down_for_days_are_not_days_of_failures(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.FAILS
    await scene.set_failing(endpoint_id, dt.timedelta(days=9), silent_for=dt.timedelta(hours=37))
    began_at = utc_now()
    await fail(scene, endpoint_id, 6)
    row = await scene.read_endpoint(endpoint_id)
    assert row["status"] == "ENABLED"
    assert row["failing_since"] >= began_at


async def test_each_failure_ends_the_silence(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.FAILS
    since = dt.timedelta(hours=40)
    await scene.set_failing(endpoint_id, since, silent_for=dt.timedelta(hours=35))
    before = await scene.read_endpoint(endpoint_id)
    await fail(scene, endpoint_id, 1)
    after = await scene.read_endpoint(endpoint_id)
    assert after["failing_since"] == before["failing_since"]
    assert after["last_failure_at"] - before["last_failure_at"] >= dt.timedelta(hours=35)


async def test_one_success_makes_it_well(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await scene.queue(endpoint_id)
    await scene.set_failing(endpoint_id, dt.timedelta(days=9))
    await scene.deliver()
    row = await scene.read_endpoint(endpoint_id)
    assert (row["status"], row["failing_since"]) == ("ENABLED", None)
    assert row["last_success_at"] is not None
    assert len(receiver.accepted) == 1


async def test_its_first_failure_stands_until_then(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.mode = Mode.FAILS
    await scene.queue(endpoint_id)
    await scene.deliver()
    since = (await scene.read_endpoint(endpoint_id))["failing_since"]
    assert since is not None
    await scene.make_due()
    await scene.deliver()
    assert (await scene.read_endpoint(endpoint_id))["failing_since"] == since


@pytest.mark.parametrize("status", ["PAUSED", "DISABLED"])
async def test_who_is_not_enabled_gets_pings_alone(scene: Scene, status: str) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await scene.pool.execute("UPDATE webhook_endpoint SET status = $1", status)
    [waiting] = await scene.queue(endpoint_id)
    [ping] = await scene.queue(endpoint_id, origin=Origin.PING)
    assert await scene.deliver() == 1
    assert await scene.read_status(ping) is DeliveryStatus.DELIVERED
    assert await scene.read_status(waiting) is DeliveryStatus.WAITING
    assert len(receiver.received) == 1


async def test_who_is_deleted_gets_nothing(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await scene.pool.execute("UPDATE webhook_endpoint SET deleted_at = now()")
    await scene.queue(endpoint_id)
    await scene.queue(endpoint_id, origin=Origin.PING)
    assert await scene.deliver() == 0
    assert receiver.received == []


async def fail(scene: Scene, endpoint_id: int, times: int, **changes: float) -> None:
    """One after the other, as an endpoint that is failing is called. `changes` are settings."""
    [delivery_id] = await scene.queue(endpoint_id)
    dispatcher = scene.make_dispatcher(**changes)
    for _ in range(times):
        await scene.make_due()
        await scene.deliver(dispatcher)
    assert len(await scene.read_attempts(delivery_id)) == times
