"""From what happens to what a receiver gets: each type of event, by itself and in batches, and pings.

The receiver checks each delivery's signature, and its body against the JSON Schemas that are committed.
"""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.brand import make_brand, make_creator, make_link
from tests.clicking import make_event, store
from tests.converting import make_report
from tests.hooking import tell_all
from tests.integration.tracking.imports.files import bring
from tests.integration.worker.webhooks.scene import Scene
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.bots.verdicts import Reason
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.conversions.rulings import reject_conversions
from tracking.conversions.store import store_conversions
from tracking.events.types import EventType
from tracking.exports.models import ExportKind
from tracking.exports.running import run_export
from tracking.exports.service import NewExport, request_export
from tracking.imports.models import ImportKind
from tracking.links.service import archive_link
from tracking.webhooks.models import WebhookEndpoint
from tracking.webhooks.pinging import ping_webhook

pytestmark = [pytest.mark.feature("R13"), pytest.mark.usefixtures("orm")]

IN_ORDER = [
    EventType.LINK_CREATED,
    EventType.CLICK_RECORDED,
    EventType.CONVERSION_RECORDED,
    EventType.CLICK_RECLASSIFIED,
    EventType.CONVERSION_CHANGED,
    EventType.LINK_ARCHIVED,
    EventType.EXPORT_FINISHED,
    EventType.IMPORT_FINISHED,
]


async def let_everything_happen(pool: asyncpg.Pool, account: Account) -> None:
    """One of each, in the order above."""
    link = await make_link(account, await make_creator(account))
    click = make_event(account.id, link_id=link.id, campaign_id=None, creator_id=link.creator_id)
    await store(pool, click)
    await store_conversions(pool, [make_report(account.id, click_ids=[click.click_id])])
    learned = Learned(evidence=int(Reason.HONEYPOT))
    await relabel_clicks(pool, account.id, {UUID(bytes=click.click_id): learned}, Cause.BEHAVIOUR)
    conversion_id = await pool.fetchval("SELECT id FROM conversion")
    await reject_conversions(pool, account.id, [conversion_id])
    await archive_link(account.id, link.id)
    export = await request_export(account.id, NewExport(ExportKind.CONTACTS))
    await run_export(pool, export.id, None)
    await bring(account, ImportKind.CREATORS, [["external_id", "name"], ["m1", "Anna"]])
    await tell_all(pool)


@pytest.fixture
async def account(scene: Scene) -> Account:
    account = await make_brand("brand")
    scene.account_id = account.id
    return account


async def subscribe(endpoint_id: int, batch_max_events: int) -> None:
    types = [each.value for each in EventType]
    await WebhookEndpoint.filter(id=endpoint_id).update(event_types=types, batch_max_events=batch_max_events)


def list_types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in sorted(events, key=lambda event: event["sequence"])]


async def test_each_type_of_event_is_delivered_as_its_schema_says(scene: Scene, account: Account) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await subscribe(endpoint_id, 1)
    await let_everything_happen(scene.pool, account)
    await deliver_all(scene)

    events = [received.event for received in receiver.accepted]
    assert list_types(events) == [each.value for each in IN_ORDER]
    assert {received.webhook_id for received in receiver.accepted} == {event["id"] for event in events}


async def test_a_batch_of_every_type_is_delivered_as_its_schema_says(scene: Scene, account: Account) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await subscribe(endpoint_id, 100)
    await let_everything_happen(scene.pool, account)
    await deliver_all(scene)

    [received] = receiver.accepted
    assert received.webhook_id.startswith("bat_")
    assert [event["type"] for event in received.event["data"]["events"]] == [each.value for each in IN_ORDER]


async def test_a_ping_is_delivered_as_its_schema_says(scene: Scene, account: Account) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    await ping_webhook(account.id, endpoint_id)
    await deliver_all(scene)

    assert [received.event["type"] for received in receiver.accepted] == ["ping"]


async def test_what_is_no_event_of_ours_is_not_accepted(scene: Scene, account: Account) -> None:
    """That the receiver of these tests looks."""
    endpoint_id, receiver = await scene.open_receiver()
    await ping_webhook(account.id, endpoint_id)
    await scene.pool.execute("UPDATE webhook_delivery SET body = $1", b'{"type":"ping","surprise":1}')
    await scene.deliver()

    assert receiver.accepted == []


async def deliver_all(scene: Scene) -> None:
    dispatcher = scene.make_dispatcher()

    async def count_waiting() -> int:
        await scene.deliver(dispatcher)
        waiting: int = await scene.pool.fetchval("SELECT count(*) FROM webhook_delivery WHERE next_at IS NOT NULL")
        return waiting

    await eventually(count_waiting, lambda waiting: waiting == 0)
