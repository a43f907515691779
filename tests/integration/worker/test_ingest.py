"""From the stream into the tables: everything once, good clicks despite bad ones, and nothing left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from tests.clicking import make_event, read_totals
from tests.integration.worker.conftest import Scene
from tests.waiting import eventually
from tracking.clicks.store import LATE_LIMIT_MS
from tracking.clock import now_ms
from tracking.reports.audit import audit
from tracking.streams import CLICK_GROUP, CLICK_STREAM, DEAD_CLICK_STREAM
from worker.ingest import Ingester

pytestmark = pytest.mark.feature("R3")


@asynccontextmanager
async def running(ingester: Ingester) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    loop = asyncio.create_task(ingester.run(stopping))
    yield
    stopping.set()
    await loop


async def wait_until_stored(ingester: Ingester, count: int) -> None:
    async def read() -> int:
        return ingester.stored_total

    await eventually(read, lambda stored: stored == count)


class TestDraining:
    async def test_clicks_are_stored_and_leave_the_stream(self, scene: Scene) -> None:
        await scene.publish(*(make_event(scene.account_id, visitor=visitor) for visitor in range(12)))

        assert await scene.make_ingester().drain() == 12

        assert await scene.read_waiting() == (0, 0)
        totals = await read_totals(scene.pool, scene.account_id)
        assert (totals["human_clicks"], totals["unique_clicks"]) == (12, 12)

    async def test_second_delivery_adds_nothing(self, scene: Scene) -> None:
        events = [make_event(scene.account_id, visitor=visitor) for visitor in range(5)]
        await scene.publish(*events, *events)
        await scene.make_ingester().drain()
        await scene.publish(*events)

        assert await scene.make_ingester().drain() == 0

        assert (await read_totals(scene.pool, scene.account_id))["human_clicks"] == 5

    async def test_small_batches_in_several_lanes_count_as_one(self, scene: Scene) -> None:
        events = [make_event(scene.account_id, visitor=number % 10, link_id=1 + number % 3) for number in range(300)]
        await scene.publish(*events)

        assert await scene.make_ingester(ingest_batch=7).drain() == 300

        assert (await read_totals(scene.pool, scene.account_id))["unique_clicks"] == 30
        assert (await audit(scene.pool)).differences == []

    async def test_the_worker_is_told_when_clicks_were_added_and_only_then(self, scene: Scene) -> None:
        calls: list[None] = []
        ingester = Ingester(scene.settings, scene.pool, scene.client, on_stored=lambda: calls.append(None))
        event = make_event(scene.account_id)
        for _ in range(2):
            await scene.publish(event)
            await ingester.drain()

        assert len(calls) == 1


class TestBacklogs:
    async def test_what_a_worker_was_handed_before_it_died_it_finds_again(self, scene: Scene) -> None:
        await scene.publish(make_event(scene.account_id), make_event(scene.account_id, visitor=2))
        await scene.hand_out(scene.settings.worker_name)
        assert await scene.read_waiting() == (2, 2)

        assert await scene.make_ingester().drain() == 2

        assert await scene.read_waiting() == (0, 0)

    async def test_what_a_dead_worker_held_another_takes_over(self, scene: Scene) -> None:
        [entry_id] = await scene.publish(make_event(scene.account_id))
        await scene.hand_out("dead")
        await scene.client.xclaim(CLICK_STREAM, CLICK_GROUP, "dead", 0, [entry_id], idle=31_000)
        ingester = scene.make_ingester()

        async with running(ingester):
            await eventually(scene.read_waiting, lambda waiting: waiting == (0, 0))

        assert ingester.stored_total == 1

    async def test_an_entry_that_was_deleted_while_it_was_pending_is_acknowledged(self, scene: Scene) -> None:
        [entry_id] = await scene.publish(make_event(scene.account_id))
        await scene.hand_out(scene.settings.worker_name)
        await scene.client.xdel(CLICK_STREAM, entry_id)

        assert await scene.make_ingester().drain() == 0

        assert await scene.read_waiting() == (0, 0)

    async def test_a_group_that_was_lost_is_made_again_and_misses_nothing(self, scene: Scene) -> None:
        ingester = scene.make_ingester()
        async with running(ingester):
            await scene.publish(make_event(scene.account_id))
            await wait_until_stored(ingester, 1)
            await scene.client.delete(CLICK_STREAM)

            await scene.publish(make_event(scene.account_id, visitor=2))

            await wait_until_stored(ingester, 2)


class TestPoison:
    async def test_good_clicks_among_bad_ones_are_stored(self, scene: Scene) -> None:
        account_id = scene.account_id
        good = [make_event(account_id, visitor=visitor) for visitor in range(40)]
        bad = [
            make_event(account_id, link_id=2**63),
            make_event(account_id, slot=70_000),
            make_event(account_id, placement="nul \0"),
            make_event(account_id + 1),
            make_event(account_id, visitor_day=3),
            make_event(account_id, at_ms=now_ms() - LATE_LIMIT_MS - 60_000),
        ]
        await scene.publish(*good[:13], bad[0], bad[1], *good[13:30], *bad[2:], *good[30:])
        await scene.client.xadd(CLICK_STREAM, {b"1": b"\xc1"})
        await scene.client.xadd(CLICK_STREAM, {b"9": b"from a later version"})

        assert await scene.make_ingester().drain() == 40

        reasons = [fields[b"why"] for _, fields in await scene.client.xrange(DEAD_CLICK_STREAM)]
        assert sorted(reasons) == [
            b"invalid_visitor_day",
            b"too_late",
            b"undecodable",
            b"unknown_account",
            b"unknown_version",
            b"unstorable: CharacterNotInRepertoireError",
            b"unstorable: OverflowError",
            b"unstorable: OverflowError",
        ]
        assert await scene.read_waiting() == (0, 0)
        assert (await read_totals(scene.pool, account_id))["human_clicks"] == 40

    @pytest.mark.feature("R10")
    async def test_no_full_address_is_buried(self, scene: Scene) -> None:
        torn = make_event(scene.account_id, client_ip="198.51.100.23")
        await scene.publish(make_event(scene.account_id + 1, client_ip="203.0.113.77"))
        await scene.client.xadd(CLICK_STREAM, {b"1": msgspec.msgpack.encode(torn)[:-4]})

        await scene.make_ingester().drain()

        buried = str(await scene.client.xrange(DEAD_CLICK_STREAM))
        assert "203.0.113.0" in buried
        assert "203.0.113.77" not in buried
        assert "198.51.100.23" not in buried
