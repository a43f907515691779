"""What is kept of deliveries, and what metrics say of those that wait."""

import asyncpg
import pytest
import redis.asyncio

from tests.integration.worker.webhooks.scene import Scene
from tests.receiving import Mode
from tracking.webhooks import retention
from tracking.webhooks.deliveries import DeliveryStatus
from tracking.webhooks.retention import cancel_of_deleted, delete_old_deliveries
from worker.metrics import render_metrics

pytestmark = pytest.mark.feature("R13")


async def test_what_ended_long_ago_is_forgotten_with_its_attempts_and_what_waits_is_not(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    endpoint_id, receiver = await scene.open_receiver()
    old = await scene.queue(endpoint_id, 4)
    await scene.deliver()
    await scene.pool.execute("UPDATE webhook_delivery SET ended_at = now() - interval '31 days'")
    [recent] = await scene.queue(endpoint_id)
    await scene.deliver()
    receiver.mode = Mode.FAILS
    [waiting] = await scene.queue(endpoint_id)
    await scene.deliver()
    await scene.pool.execute("UPDATE webhook_delivery SET created_at = now() - interval '99 days'")
    await delete_old_deliveries(scene.pool, 30)
    left = {row["id"] for row in await scene.pool.fetch("SELECT id FROM webhook_delivery")}
    assert left == {recent, waiting}
    assert await scene.pool.fetchval("SELECT count(*) FROM webhook_attempt") == 2
    assert [await scene.read_attempts(each) for each in old] == [[], [], [], []]


async def test_what_waits_for_a_deleted_endpoint_is_cancelled_and_nothing_else(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    deleted_id, _ = await scene.open_receiver()
    other_id, _ = await scene.open_receiver()
    cancelled = await scene.queue(deleted_id, 5)
    [waiting] = await scene.queue(other_id)
    await scene.pool.execute("UPDATE webhook_endpoint SET deleted_at = now() WHERE id = $1", deleted_id)
    await cancel_of_deleted(scene.pool)
    assert {await scene.read_status(each) for each in cancelled} == {DeliveryStatus.CANCELLED}
    row = await scene.read(cancelled[0])
    assert row["next_at"] is None
    assert row["ended_at"] is not None
    assert await scene.read_status(waiting) is DeliveryStatus.WAITING


async def test_metrics_tell_what_was_done_and_what_waits(
    scene: Scene, pool: asyncpg.Pool, redis_client: redis.asyncio.Redis
) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.next_modes.append(Mode.FAILS)
    gone_id, gone = await scene.open_receiver()
    gone.mode = Mode.GONE
    await scene.queue(endpoint_id, 3)
    await scene.queue(gone_id)
    dispatcher = scene.make_dispatcher()
    await scene.deliver(dispatcher)
    page = (await render_metrics(pool, redis_client, [redis_client], dispatcher=dispatcher)).text.decode()
    figures = dict(line.rsplit(" ", 1) for line in page.splitlines() if not line.startswith("#"))
    assert {name: float(value) for name, value in figures.items() if "webhook" in name} == {
        "creatrail_worker_webhook_deliveries_waiting": 2,
        "creatrail_worker_webhook_overdue_seconds": 0,
        "creatrail_worker_webhook_endpoints_disabled": 1,
        "creatrail_worker_webhook_endpoints_failing": 0,
        "creatrail_worker_webhooks_delivered_total": 2,
        "creatrail_worker_webhooks_failed_total": 2,
        "creatrail_worker_webhooks_given_up_total": 0,
    }
