"""What each answer makes of a delivery (F18 of the failure table): delivered, tried again, or given up."""

import json

import pytest

from tests.event_schemas import write_small_event
from tests.integration.worker.webhooks.scene import Scene
from tests.receiving import Mode
from tracking.webhooks.deliveries import DeliveryStatus, Origin

pytestmark = pytest.mark.feature("R13")


class TestSuccess:
    async def test_a_delivery_is_signed_once_and_made_once(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        [delivery_id] = await scene.queue(endpoint_id)
        assert await scene.deliver() == 1
        [received] = receiver.accepted
        assert received.webhook_id == received.event["id"] == "evt_1"
        assert received.headers["content-type"] == "application/json"
        assert len(received.signature.split(" ")) == 1
        row = await scene.read(delivery_id)
        assert (row["status"], row["attempts"], row["next_at"]) == (DeliveryStatus.DELIVERED, 1, None)
        assert row["ended_at"] is not None
        assert await scene.read_attempts(delivery_id) == [(1, 200, None)]
        assert await scene.deliver() == 0

    async def test_while_a_secret_is_rotated_both_sign(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        await scene.add_secret(endpoint_id, scene.settings)
        assert len(receiver.secrets) == 2
        await scene.queue(endpoint_id)
        await scene.deliver()
        [received] = receiver.accepted  # which was checked with each
        assert len(received.signature.split(" ")) == 2

    async def test_another_secret_verifies_nothing(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        other_id, _ = await scene.open_receiver()
        receiver.secrets = scene.tokens[other_id]
        [delivery_id] = await scene.queue(endpoint_id)
        await scene.deliver()
        assert receiver.received == []
        assert await scene.read_attempts(delivery_id) == [(1, None, "NO_HTTP")]

    async def test_events_of_a_batch_come_in_one_body(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        [delivery_id] = await scene.queue(endpoint_id)
        events = [write_small_event(event_id) for event_id in ("evt_1", "evt_2")]
        await scene.pool.execute(
            "UPDATE webhook_delivery SET is_batch = true, body = $2, created_at = '2026-11-21 08:00:00.5Z'"
            " WHERE id = $1",
            delivery_id,
            b"\n".join(events),
        )
        await scene.deliver()
        assert receiver.accepted[0].event == {
            "type": "batch",
            "timestamp": "2026-11-21T08:00:00.500Z",
            "data": {"events": [json.loads(event) for event in events]},
        }

    async def test_a_status_counts_however_slowly_the_rest_comes(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.mode = Mode.DRIPS_AFTER_OK
        [delivery_id] = await scene.queue(endpoint_id)
        await scene.deliver()
        assert await scene.read_attempts(delivery_id) == [(1, 200, None)]

    async def test_a_long_answer_is_not_read_to_its_end(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.mode = Mode.TALKS
        [delivery_id] = await scene.queue(endpoint_id)
        await scene.deliver()
        answer = await scene.pool.fetchval("SELECT answer FROM webhook_attempt WHERE delivery_id = $1", delivery_id)
        assert answer == "x" * 2048


class TestFailure:
    @pytest.mark.parametrize(
        ("mode", "status_code", "problem"),
        [
            (Mode.FAILS, 500, None),
            (Mode.REDIRECTS, 302, None),
            (Mode.SILENT, None, "TIMEOUT"),
            (Mode.DRIPS, None, "TIMEOUT"),
            (Mode.GARBAGE, None, "NO_HTTP"),
            (Mode.HANGS_UP, None, "NO_HTTP"),
        ],
    )
    async def test_it_is_tried_again_with_the_same_id(
        self, scene: Scene, mode: Mode, status_code: int | None, problem: str | None
    ) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.next_modes.append(mode)
        [delivery_id] = await scene.queue(endpoint_id)
        dispatcher = scene.make_dispatcher()
        await scene.deliver(dispatcher)
        assert await scene.read_status(delivery_id) is DeliveryStatus.WAITING
        assert await scene.deliver(dispatcher) == 0  # not before its time
        assert 4.5 <= await scene.read_wait_s(delivery_id) <= 8.5
        await scene.make_due()
        await scene.deliver(dispatcher)
        assert await scene.read_attempts(delivery_id) == [(1, status_code, problem), (2, 200, None)]
        assert {each.webhook_id for each in receiver.received} == {"evt_1"}
        assert {each.path for each in receiver.received} == {"/hooks"}  # a redirect was not followed

    async def test_nobody_listens(self, scene: Scene) -> None:
        endpoint_id = await scene.add_endpoint("http://127.0.0.1:1/hooks")
        [delivery_id] = await scene.queue(endpoint_id)
        await scene.deliver()
        assert await scene.read_attempts(delivery_id) == [(1, None, "NO_CONNECTION")]

    async def test_after_ten_attempts_it_is_given_up(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.mode = Mode.FAILS
        [delivery_id] = await scene.queue(endpoint_id)
        dispatcher = scene.make_dispatcher()
        for _ in range(10):
            assert await scene.read_status(delivery_id) is DeliveryStatus.WAITING
            await scene.make_due()
            await scene.deliver(dispatcher)
        row = await scene.read(delivery_id)
        assert (row["status"], row["attempts"], row["next_at"]) == (DeliveryStatus.GIVEN_UP, 10, None)
        assert row["ended_at"] is not None
        assert len(receiver.received) == 10
        assert (await scene.read_endpoint(endpoint_id))["status"] == "ENABLED"  # ten at once are no three days

    async def test_what_is_kept_of_an_answer_is_text(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.mode = Mode.FAILS
        [delivery_id] = await scene.queue(endpoint_id)
        await scene.deliver()
        answer = await scene.pool.fetchval("SELECT answer FROM webhook_attempt WHERE delivery_id = $1", delivery_id)
        assert answer == "nothing"

    async def test_a_ping_has_one_attempt_and_says_nothing_of_the_endpoint(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.mode = Mode.FAILS
        [delivery_id] = await scene.queue(endpoint_id, origin=Origin.PING)
        await scene.deliver()
        assert await scene.read_status(delivery_id) is DeliveryStatus.GIVEN_UP
        assert (await scene.read_endpoint(endpoint_id))["failing_since"] is None

    async def test_a_secret_that_cannot_be_opened_holds_up_its_own_endpoint_alone(self, scene: Scene) -> None:
        sealed_id, silent = await scene.open_receiver()
        open_id, receiver = await scene.open_receiver()
        await scene.pool.execute("UPDATE webhook_secret SET sealed_secret = '\\x09' WHERE endpoint_id = $1", sealed_id)
        [[unsigned], [signed]] = [await scene.queue(each) for each in (sealed_id, open_id)]
        await scene.deliver()
        assert await scene.read_attempts(unsigned) == [(1, None, "NO_SECRET")]
        assert await scene.read_attempts(signed) == [(1, 200, None)]
        assert (len(silent.received), len(receiver.received)) == (0, 1)


class TestPatience:
    async def test_who_is_busy_is_left_alone_for_as_long_as_it_asks(self, scene: Scene) -> None:
        endpoint_id, receiver = await scene.open_receiver()
        receiver.next_modes.append(Mode.BUSY)
        [first] = await scene.queue(endpoint_id)
        await scene.deliver()
        assert 119 <= await scene.read_wait_s(first) <= 123  # longer than the schedule's five
        assert (await scene.read_endpoint(endpoint_id))["not_before"] is not None
        await scene.queue(endpoint_id)
        assert await scene.deliver() == 0  # and nothing else is sent there either
        await scene.make_due()
        assert await scene.deliver() == 2

    async def test_others_are_not_left_alone(self, scene: Scene) -> None:
        busy_id, busy = await scene.open_receiver()
        busy.mode = Mode.BUSY
        other_id, other = await scene.open_receiver()
        await scene.queue(busy_id)
        await scene.deliver()
        await scene.queue(busy_id)
        await scene.queue(other_id)
        assert await scene.deliver() == 1
        assert len(other.received) == 1
