"""A pass that is killed is repeated, two never run at once, and the order of arrival changes nothing in the end."""

import asyncio
import itertools

import asyncpg
import pytest

from tests.behaviour import look, read_evidence, send
from tests.brand import make_brand
from tests.clicking import read_tables, store
from tests.waiting import eventually
from tracking.bots.behaviour import service
from tracking.bots.behaviour.service import pass_once, try_to_become_watcher
from tracking.bots.verdicts import Reason
from tracking.events.relay import relay_once
from tracking.settings import Settings
from worker.behaviour import run_behaviour


class KilledError(Exception):
    pass


async def give_positions(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        while await relay_once(connection):
            pass


@pytest.mark.feature("TR25", "R3", "R6", "R13")
@pytest.mark.usefixtures("orm")
class TestPassesAreRepeated:
    @pytest.mark.parametrize("point", ["between_behaviour_changes", "before_behaviour_position"])
    async def test_a_pass_that_dies_half_way_is_made_again_and_changes_nothing_twice(
        self, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch, point: str
    ) -> None:
        sent = await send(pool, await make_brand(), contacts=1, links=3)
        await store(pool, *(sent.scan(slot, slot * 0.2) for slot in (1, 2, 3)), sent.click(1, 60))
        await give_positions(pool)
        monkeypatch.setattr(service, "CLICKS_A_TRANSACTION", 2)
        before = await pool.fetchval("SELECT position FROM behaviour_state")

        def kill(reached: str) -> None:
            if reached == point:
                raise KilledError

        with monkeypatch.context() as armed:
            armed.setattr(service, "maybe_crash", kill)
            with pytest.raises(KilledError):
                await service.pass_all(pool)
        assert await pool.fetchval("SELECT position FROM behaviour_state") == before

        await look(pool)

        assert await read_evidence(pool) == [Reason.BURST_ON_MESSAGE] * 3 + [Reason(0)]
        assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 3
        position = await pool.fetchval("SELECT position FROM behaviour_state")
        tables = await read_tables(pool)
        await pool.execute("UPDATE behaviour_state SET position = 0")
        await look(pool)
        assert await read_tables(pool) == tables
        assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 3
        assert await pool.fetchval("SELECT position FROM behaviour_state") >= position

    async def test_one_watcher_at_a_time_and_the_next_when_it_is_gone(self, pool: asyncpg.Pool) -> None:
        async with pool.acquire() as first, pool.acquire() as second:
            assert await try_to_become_watcher(first)
            assert not await try_to_become_watcher(second)
            await first.execute("SELECT pg_advisory_unlock_all()")
            assert await try_to_become_watcher(second)
            await second.execute("SELECT pg_advisory_unlock_all()")

    async def test_a_pass_without_news_reads_nothing_and_stays_where_it_is(self, pool: asyncpg.Pool) -> None:
        async with pool.acquire() as connection:
            assert await pass_once(pool, connection) == 0

    async def test_two_loops_label_what_one_would(self, pool: asyncpg.Pool, settings: Settings) -> None:  # noqa: ARG002 -- R6: leaves the stores clean
        sent = await send(pool, await make_brand(), contacts=1, links=3)
        await store(pool, *(sent.scan(slot, slot * 0.2) for slot in (1, 2, 3)))
        await give_positions(pool)
        stopping = asyncio.Event()
        loops = [asyncio.create_task(run_behaviour(pool, stopping)) for _ in range(2)]
        try:
            await eventually(lambda: read_evidence(pool), lambda found: found == [Reason.BURST_ON_MESSAGE] * 3)
        finally:
            stopping.set()
            await asyncio.gather(*loops)

        assert await pool.fetchval("SELECT count(*) FROM reclassification_log") == 3

    async def test_any_order_of_arrival_and_of_passes_gives_the_same_tables(self, pool: asyncpg.Pool) -> None:
        sent = await send(pool, await make_brand(), contacts=2, links=2)
        clicks = [
            sent.scan(1, 0),
            sent.scan(2, 0.5),
            sent.click(1, 0.6),
            sent.scan(1, 3, contact=1, client_ip="192.0.2.7"),
        ]
        found = []
        for order in itertools.permutations(clicks):
            await pool.execute(
                "TRUNCATE click, unique_click, rollup, rollup_delta, event_log, event_outbox, reclassification_log"
            )
            await pool.execute("UPDATE behaviour_state SET position = 0")
            for each in order:
                await store(pool, each)
                await look(pool)
            found.append((await read_evidence(pool), await read_tables(pool)))

        assert found[0][0] == [Reason.BURST_ON_MESSAGE] * 2 + [Reason(0)] * 2
        assert all(each == found[0] for each in found)
