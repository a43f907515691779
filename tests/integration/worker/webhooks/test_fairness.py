"""What one account does to its own endpoints delays nobody else's deliveries."""

import asyncio
import datetime as dt
import threading
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.clicking import make_account
from tests.integration.worker.webhooks.scene import Scene
from tests.receiving import Mode, Receiver
from tests.waiting import DEADLINE_S, eventually
from tracking.webhooks.deliveries import DeliveryStatus, Due, Origin, Shares, claim_due

pytestmark = pytest.mark.feature("R13")

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
async def greedy(scene: Scene) -> Scene:
    """Another account."""
    return Scene(
        scene.pool, scene.settings, await make_account(scene.pool, slug="greedy"), scene.running, queued=10_000
    )


async def test_a_hundred_slow_endpoints_of_one_account_delay_no_other(scene: Scene, greedy: Scene) -> None:
    _, slow = await greedy.open_receiver()
    slow.answering.clear()
    for _ in range(100):
        await greedy.queue(await greedy.add_endpoint(slow.write_url()), 4)
    endpoint_id, receiver = await scene.open_receiver()
    async with delivering(scene):
        await eventually(lambda: count_flying(slow), lambda flying: flying >= 20)
        await scene.queue(endpoint_id, 3)
        await eventually(lambda: count(receiver), lambda made: made == 3)
        assert slow.received == []
        slow.secrets = []
        slow.answering.set()


async def test_one_that_fails_is_called_though_others_of_its_account_have_more_than_can_be_sent(
    scene: Scene,
) -> None:
    failing_ids = [(await scene.open_receiver())[0] for _ in range(3)]
    for endpoint_id in failing_ids:
        await scene.queue(endpoint_id, 20)
        await scene.set_failing(endpoint_id, MINUTE)
    busy_id, _ = await scene.open_receiver()
    await scene.queue(busy_id, 100)
    for _ in range(20):
        taken = await claim(scene, most=4, shares=Shares({}, 4))
        assert Counter(due.is_failing for due in taken) == {True: 1, False: 3}


async def test_who_fails_of_many_accounts_has_as_much_of_a_chance_as_of_one(scene: Scene, greedy: Scene) -> None:
    for _ in range(50):
        endpoint_id = await greedy.add_endpoint("http://gone.example/hooks")
        await greedy.queue(endpoint_id, 2)
        await greedy.set_failing(endpoint_id, MINUTE)
    endpoint_id = await scene.add_endpoint("http://gone.example/hooks")
    await scene.queue(endpoint_id, 2)
    await scene.set_failing(endpoint_id, MINUTE)
    taken = await claim(scene, most=2, most_failing=2, shares=Shares({}, 2))
    assert {due.account_id for due in taken} == {scene.account_id, greedy.account_id}


async def test_pings_without_end_delay_nobody(scene: Scene, greedy: Scene) -> None:
    pinged_id, slow = await greedy.open_receiver()
    slow.answering.clear()
    await greedy.queue(pinged_id, 600, origin=Origin.PING)
    endpoint_id, receiver = await scene.open_receiver()
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    assert [await dispatcher.pass_once() for _ in range(30)] == [1, *[0] * 29]  # one after the other
    await scene.queue(endpoint_id, 3)
    assert await dispatcher.pass_once() == 3
    await eventually(lambda: count(receiver), lambda made: made == 3)
    slow.answering.set()
    await dispatcher.settle()


async def test_name_servers_that_never_answer_delay_nobody(
    scene: Scene, greedy: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    answering = threading.Event()

    def look_up(host: str, _: int) -> list[str]:
        asked[host] += 1
        if host != "well.example":
            answering.wait(DEADLINE_S)
        return ["127.0.0.1"]

    monkeypatch.setattr("worker.public_network.look_up", look_up)
    for number in range(100):
        await greedy.queue(await greedy.add_endpoint(f"http://slow-{number}.example/hooks"))
    endpoint_id, receiver = await scene.open_receiver()
    await scene.pool.execute(
        "UPDATE webhook_endpoint SET url = $1 WHERE id = $2", receiver.write_url(host="well.example"), endpoint_id
    )
    dispatcher = scene.make_dispatcher(webhook_timeout_s=1.0)
    try:
        for _ in range(3):
            await greedy.make_due()
            await scene.queue(endpoint_id)
            await scene.deliver(dispatcher)
        assert len(receiver.accepted) == 3
        assert asked.total() - asked["well.example"] == 100  # whoever asks again waits with who asked before
    finally:
        answering.set()


async def test_what_is_held_is_not_sent_once_its_owner_pauses(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.answering.clear()
    await scene.queue(endpoint_id, 4)
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    assert await dispatcher.pass_once() == 4
    await eventually(lambda: count_flying(receiver), lambda flying: flying == 1)
    await scene.pool.execute("UPDATE webhook_endpoint SET status = 'PAUSED'")
    await asyncio.sleep(1.1)  # what is known of endpoints is a second old at most
    receiver.answering.set()
    await dispatcher.settle()
    assert len(receiver.received) == 1
    await scene.pool.execute("UPDATE webhook_endpoint SET status = 'ENABLED'")
    assert await scene.deliver() == 3  # given back, and not only when its lease ends


async def test_what_the_old_address_says_does_not_end_the_new_one(scene: Scene) -> None:
    endpoint_id, receiver = await scene.open_receiver()
    receiver.next_modes.append(Mode.GONE)
    receiver.answering.clear()
    await scene.queue(endpoint_id)
    dispatcher = scene.make_dispatcher(webhook_timeout_s=60.0)
    await dispatcher.pass_once()
    await eventually(lambda: count_flying(receiver), lambda flying: flying == 1)
    await scene.pool.execute("UPDATE webhook_endpoint SET url = $1", receiver.write_url("/new"))
    receiver.answering.set()
    await dispatcher.settle()
    row = await scene.read_endpoint(endpoint_id)
    assert (row["status"], row["failing_since"]) == ("ENABLED", None)
    await scene.make_due()
    await asyncio.sleep(1.1)
    assert await scene.deliver(dispatcher) == 1
    assert receiver.accepted[-1].path == "/new"


async def test_a_delivery_may_be_asked_for_again_and_again(scene: Scene) -> None:
    """More often than a small number counts: the result of one held up those of all others."""
    endpoint_id, receiver = await scene.open_receiver()
    [delivery_id, other_id] = await scene.queue(endpoint_id, 2)
    await scene.pool.execute("UPDATE webhook_delivery SET attempts = 32767 WHERE id = $1", delivery_id)
    await scene.deliver()
    assert await scene.read_attempts(delivery_id) == [(32_768, 200, None)]
    assert await scene.read_status(other_id) is DeliveryStatus.DELIVERED
    assert len(receiver.accepted) == 2


async def claim(scene: Scene, *, most: int, most_failing: int = 9, shares: Shares) -> list[Due]:
    return await claim_due(
        scene.pool, {}, room_of_others=9, most=most, most_failing=most_failing, lease_s=60, shares=shares
    )


@asynccontextmanager
async def delivering(scene: Scene) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    running = asyncio.create_task(scene.make_dispatcher(webhook_timeout_s=60.0).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


async def count(receiver: Receiver) -> int:
    return len(receiver.accepted)


async def count_flying(receiver: Receiver) -> int:
    return receiver.busiest
