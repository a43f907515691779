"""What a Redis had acknowledged and lost reaches the next one: from memory, and from disk if that goes as well."""

import asyncio
import shutil
from pathlib import Path

import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from redirector.counters import Counters
from redirector.recording.recorder import Recorder
from redirector.recording.spool import SpoolFile
from tests.audience import find_clicks
from tests.clicking import make_event
from tests.recording import open_recorder
from tests.waiting import eventually
from tracking.clicks.event import ClickEvent, decode_click, encode_click
from tracking.settings import Settings

pytestmark = pytest.mark.feature("R2", "R3")

CLICKS = 10


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(settings, redis_url=valkey.url, spool_dir=tmp_path / "spool")


async def test_what_it_acknowledged_last_is_on_disk_before_the_redirector_can_be_killed_too(
    settings: Settings, valkey: EmbeddedValkey
) -> None:
    async with open_recorder(settings, Counters()) as recorder:
        clicks = await record(recorder)
        valkey.crash()
        await eventually(lambda: read_spool(settings), clicks.__eq__)


async def test_a_redirector_that_stops_meanwhile_leaves_it_to_the_next(
    settings: Settings, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
) -> None:
    async with open_recorder(settings, Counters()) as recorder:
        clicks = await record(recorder)
        lose_everything(valkey)
        await eventually(lambda: is_lost(recorder))
    valkey.start()
    async with open_recorder(settings, Counters()):
        assert await eventually(lambda: find_clicks(own_redis)) == clicks


async def test_without_a_disk_it_is_sent_from_memory(
    settings: Settings, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
) -> None:
    counters = Counters()
    async with open_recorder(msgspec.structs.replace(settings, spool_max_bytes=100), counters) as recorder:
        clicks = await record(recorder)
        lose_everything(valkey)
        await eventually(lambda: is_lost(recorder))
        valkey.start()
        assert await eventually(lambda: find_clicks(own_redis)) == clicks
        await eventually(lambda: is_connected(recorder))
    assert (counters.clicks_resent, counters.clicks_respooled) == (CLICKS, 0)


async def test_one_that_only_hung_up_gets_nothing_twice(settings: Settings, own_redis: redis.asyncio.Redis) -> None:
    counters = Counters()
    async with open_recorder(settings, counters) as recorder:
        clicks = await record(recorder)
        before = await list_clients(own_redis)
        await own_redis.client_kill_filter(_type="normal", skipme=True)
        await eventually(lambda: list_clients(own_redis), lambda clients: not clients <= before)
        await eventually(lambda: is_connected(recorder))
        clicks += await record(recorder)
        assert await eventually(lambda: find_clicks(own_redis)) == clicks
    assert (counters.clicks_resent, counters.clicks_respooled) == (0, 0)


def lose_everything(valkey: EmbeddedValkey) -> None:
    valkey.crash()
    shutil.rmtree(valkey.data / "appendonlydir")


async def record(recorder: Recorder) -> list[ClickEvent]:
    """Clicks that are durable."""
    clicks = [make_event(1) for _ in range(CLICKS)]
    assert await asyncio.gather(*(recorder.record(encode_click(click)) for click in clicks)) == [True] * CLICKS
    return clicks


async def read_spool(settings: Settings) -> list[ClickEvent]:
    files = [SpoolFile(path, -1) for path in settings.spool_dir.glob("*.open")]
    return [decode_click(record) for file in files for records in file.read(CLICKS) for record in records]


async def is_connected(recorder: Recorder) -> bool:
    return recorder.is_connected


async def is_lost(recorder: Recorder) -> bool:
    return not recorder.is_connected


async def list_clients(client: redis.asyncio.Redis) -> set[str]:
    return {each["id"] for each in await client.client_list()}
