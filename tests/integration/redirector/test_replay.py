"""The spool finds its way to a Redis that takes it, however the others refuse, and sends nothing again and again."""

from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from redirector.counters import Counters
from redirector.recording.shard import REPLAY_BATCH, Shard
from redirector.recording.spool import Spool
from tests.clicking import make_event
from tests.recording import open_recorder
from tests.servers import own_valkey
from tests.waiting import eventually
from tracking.clicks.event import encode_click
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM

ROOM = 10_000_000
CLICKS = 3 * REPLAY_BATCH


@pytest.fixture
def second() -> Iterator[EmbeddedValkey]:
    with own_valkey() as server:
        yield server


@pytest.fixture
def sharded(settings: Settings, valkey: EmbeddedValkey, second: EmbeddedValkey, tmp_path: Path) -> Settings:
    urls = (valkey.url, second.url)
    return msgspec.structs.replace(settings, click_redis_urls=urls, spool_dir=tmp_path / "spool")


@pytest.fixture
async def full(second: EmbeddedValkey) -> AsyncIterator[redis.asyncio.Redis]:
    async with redis.asyncio.Redis.from_url(second.url) as client:
        await client.config_set("maxmemory", 1)
        yield client


def spool_clicks(settings: Settings) -> None:
    spool = Spool(settings.spool_dir, ROOM)
    spool.write([encode_click(make_event(1)) for _ in range(CLICKS)])
    spool.close()


async def count_files(settings: Settings) -> int:
    return len(list(settings.spool_dir.iterdir()))


@pytest.mark.feature("R2", "R3")
async def test_a_redis_that_is_full_leaves_the_spool_to_the_other(
    sharded: Settings, own_redis: redis.asyncio.Redis, full: redis.asyncio.Redis
) -> None:
    spool_clicks(sharded)
    counters = Counters()
    async with open_recorder(sharded, counters):
        await eventually(lambda: count_files(sharded), lambda files: files == 0)

    assert await own_redis.xlen(CLICK_STREAM) == counters.clicks_replayed == CLICKS
    assert await full.xlen(CLICK_STREAM) == 0


@pytest.mark.feature("R2", "R3")
async def test_a_replay_goes_on_where_a_redis_without_room_ended_it(
    sharded: Settings, own_redis: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool_clicks(sharded)
    alone = msgspec.structs.replace(sharded, click_redis_urls=sharded.click_redis_urls[:1])
    append = Shard.append
    taken: list[int] = []

    async def fill_up(shard: Shard, records: Sequence[bytes]) -> None:
        if len(taken) == 1:
            await own_redis.config_set("maxmemory", 1)
        taken.append(len(records))
        try:
            await append(shard, records)
        finally:
            await own_redis.config_set("maxmemory", 0)

    monkeypatch.setattr(Shard, "append", fill_up)
    counters = Counters()
    async with open_recorder(alone, counters):
        await eventually(lambda: count_files(sharded), lambda files: files == 0)

    assert len(taken) == CLICKS // REPLAY_BATCH + 1
    assert await own_redis.xlen(CLICK_STREAM) == counters.clicks_replayed == CLICKS


@pytest.mark.feature("R2", "R3")
async def test_while_redis_refuses_new_clicks_share_a_file_and_all_files_are_sent_later(
    sharded: Settings, full: redis.asyncio.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file for each try would be too many to open in the end."""
    for _ in range(2):
        spool_clicks(sharded)
    append = Shard.append
    tries: list[int] = []
    has_room = False

    async def count_try(shard: Shard, records: Sequence[bytes]) -> None:
        tries.append(len(records))
        if has_room:
            await full.config_set("maxmemory", 0)
        await append(shard, records)

    async def count_tries() -> int:
        return len(tries)

    monkeypatch.setattr(Shard, "append", count_try)
    refusing = msgspec.structs.replace(sharded, click_redis_urls=sharded.click_redis_urls[1:])
    async with open_recorder(refusing, Counters()) as recorder:
        for _ in range(3):
            assert await recorder.record(encode_click(make_event(1)))
            await eventually(count_tries, (len(tries) + 1).__lt__)
        assert await count_files(sharded) == 3

        has_room = True
        await eventually(lambda: count_files(sharded), lambda files: files == 0)
    assert await full.xlen(CLICK_STREAM) == 2 * CLICKS + 3
