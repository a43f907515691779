"""Both roles as processes: what they do unasked, what they do when asked, and how they end."""

import datetime as dt
from pathlib import Path

import pytest
from arq import create_pool
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event
from tests.integration.worker.conftest import Scene
from tests.integration.worker.programs import running_worker
from tests.service import find_free_ports
from tests.waiting import eventually
from tests.watching import get
from tracking.campaigns.models import Stage
from tracking.clock import utc_now
from tracking.jobs import deserialize_job, request_deliverable_links, serialize_job
from tracking.links.models import Link
from tracking.settings import Settings
from tracking.streams import events_channel
from worker.main import describe_redis


@pytest.mark.feature("R13", "R12")
async def test_a_click_is_counted_and_told_by_the_ingest_role(scene: Scene, tmp_path: Path) -> None:
    async def read_uniques() -> int | None:
        uniques: int | None = await scene.pool.fetchval(
            "SELECT unique_clicks FROM rollup WHERE scope = 1 AND grain = 3 AND account_id = $1", scene.account_id
        )
        return uniques

    async with scene.client.pubsub(ignore_subscribe_messages=True) as reader:
        await reader.subscribe(events_channel(scene.account_id))
        with running_worker(scene.settings, "ingest", tmp_path / "log"):
            await scene.publish(make_event(scene.account_id))

            assert await eventually(read_uniques) == 1
            message = await eventually(lambda: reader.get_message(timeout=1))

    position = await scene.pool.fetchval("SELECT position FROM event_log")
    assert message is not None
    assert int(message["data"]) == position


async def test_health_and_metrics_tell_how_far_behind_the_worker_is(scene: Scene, tmp_path: Path) -> None:
    [port] = find_free_ports(1)
    with running_worker(scene.settings, "ingest", tmp_path / "log", WORKER_OPS_PORT=str(port)):
        await scene.publish(make_event(scene.account_id), make_event(scene.account_id + 1))
        await eventually(lambda: get(port, "/metrics"), lambda page: "clicks_rejected_total 1.0" in page[1])

        status, metrics = await get(port, "/metrics")
        assert status == 200
        assert "creatrail_worker_clicks_stored_total 1.0" in metrics
        assert "creatrail_worker_dead_letters 1.0" in metrics
        assert await get(port, "/healthz") == (200, "ok\n")
        assert (await get(port, "/secrets"))[0] == 404


@pytest.mark.feature("R5", "R3")
async def test_the_jobs_role_prepares_the_coming_days_at_its_start(
    settings: Settings, scene: Scene, tmp_path: Path
) -> None:
    async def read_days() -> set[dt.date]:
        return {row["day"] for row in await scene.pool.fetch("SELECT day FROM visitor_salt")}

    today = utc_now().date()
    wanted = {today + dt.timedelta(days=ahead) for ahead in range(3)}

    with running_worker(scene.settings, "jobs", tmp_path / "log"):
        await eventually(read_days, lambda days: days >= wanted)


@pytest.mark.feature("LO1", "LS1")
async def test_links_of_a_deliverable_are_made_when_asked_for(
    settings: Settings, orm: TortoiseContext, tmp_path: Path
) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)
    await join(account, campaign, [await make_creator(account) for _ in range(3)], Stage.ACCEPTED)
    deliverable = await make_deliverable(account, campaign)
    assert await Link.filter(deliverable_id=deliverable.id).count() == 0

    queue = await create_pool(
        describe_redis(settings.redis_url), job_serializer=serialize_job, job_deserializer=deserialize_job
    )
    with running_worker(settings, "jobs", tmp_path / "log"):
        await request_deliverable_links(queue, deliverable.id)
        await eventually(lambda: Link.filter(deliverable_id=deliverable.id).count(), lambda count: count == 3)
    await queue.aclose()
