"""The stream over two Valkeys: workers take from both, and whoever asks how much waits is told of both."""

import os
import signal
from collections.abc import AsyncIterator, Iterator

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from tests.clicking import make_account, make_event
from tests.servers import own_valkey
from tracking.click_shards import ClickShards, open_click_shards
from tracking.clicks.event import VERSION, encode_click
from tracking.reports.queries import read_freshness
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, DEAD_CLICK_STREAM
from worker.dead_letter import list_dead
from worker.ingest import Ingester, find_lanes
from worker.watch import read_backlog

OF_EACH = 30


@pytest.fixture
def second() -> Iterator[EmbeddedValkey]:
    with own_valkey() as server:
        yield server


@pytest.fixture
def sharded(settings: Settings, second: EmbeddedValkey) -> Settings:
    return msgspec.structs.replace(settings, click_redis_urls=(settings.redis_url, second.url))


@pytest.fixture
async def shards(sharded: Settings) -> AsyncIterator[ClickShards]:
    async with open_click_shards(sharded) as shards:
        yield shards


@pytest.fixture
async def account_id(pool: asyncpg.Pool, shards: ClickShards) -> int:
    """Thirty clicks of it lie in each shard."""
    account_id = await make_account(pool)
    for shard in shards:
        for _ in range(OF_EACH):
            await shard.xadd(CLICK_STREAM, {VERSION: encode_click(make_event(account_id))})
    return account_id


async def count_stored(pool: asyncpg.Pool, account_id: int) -> int:
    stored: int = await pool.fetchval("SELECT count(*) FROM click WHERE account_id = $1", account_id)
    return stored


@pytest.mark.feature("R3")
async def test_what_lies_in_two_shards_is_stored_once(
    pool: asyncpg.Pool, sharded: Settings, shards: ClickShards, account_id: int
) -> None:
    [(_, fields)] = await shards[0].xrange(CLICK_STREAM, count=1)
    await shards[1].xadd(CLICK_STREAM, fields)  # as a redirector does that never heard whether the first took it

    added = [await Ingester(sharded, pool, shard).drain() for shard in shards]

    assert added == [OF_EACH, OF_EACH]
    assert await count_stored(pool, account_id) == 2 * OF_EACH
    assert (await read_backlog(shards)).waiting == 0


@pytest.mark.feature("R3")
async def test_a_worker_that_reads_one_shard_leaves_the_other_and_is_seen_to(
    pool: asyncpg.Pool, sharded: Settings, shards: ClickShards, account_id: int
) -> None:
    await Ingester(sharded, pool, shards[0]).drain()

    assert await count_stored(pool, account_id) == OF_EACH
    assert (await read_backlog(shards)).waiting == OF_EACH
    assert (await read_backlog(shards[:1])).waiting == 0  # what it would say of itself


@pytest.mark.feature("R12")
async def test_reports_are_as_old_as_the_oldest_click_of_any_shard(
    pool: asyncpg.Pool, shards: ClickShards, account_id: int
) -> None:
    assert account_id
    await shards[0].xtrim(CLICK_STREAM, maxlen=0)
    [(entry_id, _)] = await shards[1].xrange(CLICK_STREAM, count=1)

    freshness = await read_freshness(pool, shards)

    assert int(freshness.as_of.timestamp() * 1_000) == int(entry_id.partition(b"-")[0])
    assert freshness.backlog == OF_EACH


@pytest.mark.feature("R12")
async def test_with_one_shard_down_nobody_claims_that_reports_are_complete(
    pool: asyncpg.Pool, shards: ClickShards, second: EmbeddedValkey, account_id: int
) -> None:
    assert account_id
    folded_at = await pool.fetchval("SELECT least(folded_at, outcomes_folded_at) FROM fold_state")
    second.crash()
    assert (await read_freshness(pool, shards)).as_of == folded_at


@pytest.mark.feature("R12")
async def test_a_shard_that_hangs_is_not_waited_for(
    pool: asyncpg.Pool, shards: ClickShards, second: EmbeddedValkey, account_id: int
) -> None:
    assert account_id
    folded_at = await pool.fetchval("SELECT least(folded_at, outcomes_folded_at) FROM fold_state")
    async with redis.asyncio.Redis.from_url(second.url) as patient:  # a client that waits for ever
        os.kill(second.server.pid, signal.SIGSTOP)
        try:
            assert (await read_freshness(pool, (shards[0], patient))).as_of == folded_at
        finally:
            os.kill(second.server.pid, signal.SIGCONT)


@pytest.mark.feature("R3", "TR13")
async def test_poison_is_buried_where_it_was_read(
    pool: asyncpg.Pool, sharded: Settings, shards: ClickShards, account_id: int
) -> None:
    assert account_id
    await shards[1].xadd(CLICK_STREAM, {VERSION: b"\xc1"})
    for shard in shards:
        await Ingester(sharded, pool, shard).drain()

    assert [len(await list_dead(shard)) for shard in shards] == [0, 1]
    assert (await read_backlog(shards)).dead == await shards[1].xlen(DEAD_CLICK_STREAM) == 1


def test_a_process_has_as_many_batches_in_hand_however_many_shards_it_reads() -> None:
    assert [find_lanes(shards) for shards in (1, 2, 4, 8)] == [4, 2, 2, 2]
