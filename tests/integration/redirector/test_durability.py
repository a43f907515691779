"""A 302 with a click id means that the click is safe: in Redis, or fsynced on disk and replayed with its own id."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from tests.audience import (
    CLIENT,
    HOST,
    Audience,
    LinkSite,
    find_clicks,
    make_link,
    open_redirector,
    read_action,
    read_clicks,
    read_confirmations,
)
from tests.waiting import DEADLINE_S, eventually
from tracking.clicks.event import ClickEvent
from tracking.settings import Settings


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(settings, redis_url=valkey.url, spool_dir=tmp_path / "spool")


@pytest.fixture
async def audience(settings: Settings, pool: asyncpg.Pool, site: LinkSite) -> AsyncIterator[Audience]:
    await make_link(pool, site, "abc23XY")
    async with open_redirector(settings) as opened:
        assert (await opened.get("/abc23XY")).status == 302  # warm
        yield opened


async def follow(audience: Audience, settings: Settings, times: int) -> set[bytes]:
    """The click ids of as many redirects, all at once; every one of them must be a redirect with an id."""
    answers = await asyncio.gather(*(audience.get("/abc23XY") for _ in range(times)))
    ids = {answer.read_click_id(settings) for answer in answers}
    assert None not in ids
    assert len(ids) == times
    return {click_id for click_id in ids if click_id is not None}


async def wait_for_clicks(client: redis.asyncio.Redis, ids: set[bytes]) -> list[ClickEvent]:
    return await eventually(lambda: find_clicks(client), lambda clicks: ids <= {click.click_id for click in clicks})


def list_spool(settings: Settings) -> list[Path]:
    return sorted(settings.spool_dir.iterdir())


class TestRedisDown:
    @pytest.mark.feature("R1", "R2", "R3")
    async def test_clicks_go_to_disk_and_are_replayed_with_their_own_ids(
        self, audience: Audience, settings: Settings, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
    ) -> None:
        valkey.crash()
        ids = await follow(audience, settings, 50)
        assert audience.redirector.counters.clicks_spooled == 50
        assert [path.stat().st_mode & 0o777 for path in list_spool(settings)] == [0o600]
        assert settings.spool_dir.stat().st_mode & 0o777 == 0o700

        valkey.start()
        clicks = await wait_for_clicks(own_redis, ids)
        assert {click.client_ip for click in clicks} == {CLIENT}

    @pytest.mark.feature("R10")
    async def test_nothing_personal_stays_on_disk_after_the_replay(
        self, audience: Audience, settings: Settings, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
    ) -> None:
        valkey.crash()
        ids = await follow(audience, settings, 5)
        assert CLIENT.encode() in list_spool(settings)[0].read_bytes()
        valkey.start()
        await wait_for_clicks(own_redis, ids)

        async def read_names() -> list[Path]:
            return list_spool(settings)

        assert await eventually(read_names, lambda names: not names) == []

    async def test_a_redis_that_is_away_at_the_start_stops_nobody(
        self, pool: asyncpg.Pool, site: LinkSite, settings: Settings, valkey: EmbeddedValkey
    ) -> None:
        await make_link(pool, site, "abc23XY")
        valkey.crash()
        async with open_redirector(settings) as audience:
            await follow(audience, settings, 3)


class TestRedisHung:
    @pytest.mark.feature("R1", "R2")
    async def test_visitors_are_sent_on_and_what_redis_did_late_is_the_same_click(
        self, audience: Audience, settings: Settings, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
    ) -> None:
        os.kill(valkey.server.pid, signal.SIGSTOP)
        try:
            ids = await follow(audience, settings, 20)
        finally:
            os.kill(valkey.server.pid, signal.SIGCONT)
        clicks = await wait_for_clicks(own_redis, ids)
        assert ids <= {click.click_id for click in clicks}


class TestNothingHelps:
    @pytest.mark.feature("R1", "R2")
    async def test_without_redis_and_disk_the_visitor_is_sent_on_without_an_id(
        self, pool: asyncpg.Pool, site: LinkSite, settings: Settings, valkey: EmbeddedValkey
    ) -> None:
        await make_link(pool, site, "abc23XY")
        valkey.crash()
        async with open_redirector(msgspec.structs.replace(settings, spool_max_bytes=100)) as audience:
            for lost in (1, 2):  # by a link that is new, and by one in memory
                answer = await audience.get("/abc23XY")
                assert answer.location == "https://shop.example.com/sale?v=1&creator=member%207#top"
                assert audience.redirector.counters.clicks_not_durable == lost

    @pytest.mark.feature("R1", "R2")
    async def test_a_click_that_cannot_be_written_keeps_nobody_from_the_destination(self, audience: Audience) -> None:
        cache = audience.redirector.cache
        entry = cache.get(HOST, "abc23XY")
        assert entry is not None
        nowhere = msgspec.structs.replace(entry.account, timezone="Nowhere/Never")
        cache.put(HOST, "abc23XY", msgspec.structs.replace(entry, account=nowhere))

        answer = await audience.get("/abc23XY")

        assert answer.location == "https://shop.example.com/sale?v=1&creator=member%207#top"
        assert audience.redirector.counters.clicks_not_durable == 1

    async def test_whoever_cannot_be_answered_at_once_is_left_to_uvicorn_and_its_way_to_say_so(
        self, audience: Audience
    ) -> None:
        cache = audience.redirector.cache
        entry = cache.get(HOST, "abc23XY")
        assert entry is not None
        cache.put(HOST, "abc23XY", msgspec.structs.replace(entry, head=None))

        with pytest.raises(TypeError):
            await audience.get("/abc23XY")

    @pytest.mark.feature("R1")
    async def test_an_answer_that_fails_keeps_nobody_elses_back(self, audience: Audience) -> None:
        answered = asyncio.get_running_loop().create_future()

        def fail(_is_durable: bool) -> None:
            raise ConnectionResetError("gone")

        audience.redirector.recorder.record_then(b"\x90", fail)
        audience.redirector.recorder.record_then(b"\x90", answered.set_result)

        assert await asyncio.wait_for(answered, DEADLINE_S) is True


@pytest.mark.feature("TR26", "R1", "R2")
class TestConfirmations:
    async def test_without_redis_it_waits_on_disk_beside_its_click_and_is_replayed(
        self,
        settings: Settings,
        valkey: EmbeddedValkey,
        own_redis: redis.asyncio.Redis,
        site: LinkSite,
        pool: asyncpg.Pool,
    ) -> None:
        link_id = await make_link(pool, site, "abc23XY", bot_mode="CONFIRM")
        async with open_redirector(settings) as audience:
            valkey.crash()
            answer = await audience.get(read_action(await audience.get("/abc23XY")), method="POST")
            click_id = answer.read_click_id(settings)
            assert click_id is not None
            assert audience.redirector.counters.clicks_spooled == 2
            valkey.start()
            await wait_for_clicks(own_redis, {click_id})
            (confirmation,) = await eventually(lambda: read_confirmations(own_redis))
        assert (confirmation.click_id, confirmation.account_id, confirmation.link_id) == (
            click_id,
            site.account_id,
            link_id,
        )

    async def test_a_click_that_is_not_durable_is_asked_without_an_id_and_continues_to_the_destination(
        self, settings: Settings, valkey: EmbeddedValkey, site: LinkSite, pool: asyncpg.Pool
    ) -> None:
        await make_link(pool, site, "abc23XY", bot_mode="CONFIRM")
        valkey.crash()
        async with open_redirector(msgspec.structs.replace(settings, spool_max_bytes=100)) as audience:
            action = read_action(await audience.get("/abc23XY"))
            answer = await audience.get(action, method="POST")
        assert action == "/abc23XY/continue"
        assert (answer.status, answer.location) == (303, "https://shop.example.com/sale?v=1&creator=member%207#top")

    async def test_a_confirmation_that_is_lost_stops_nobody_and_is_counted(
        self, settings: Settings, valkey: EmbeddedValkey, site: LinkSite, pool: asyncpg.Pool
    ) -> None:
        await make_link(pool, site, "abc23XY", bot_mode="CONFIRM")
        async with open_redirector(msgspec.structs.replace(settings, spool_max_bytes=10)) as audience:
            action = read_action(await audience.get("/abc23XY"))
            valkey.crash()
            answer = await audience.get(action, method="POST")
            assert answer.status == 303
            assert answer.read_click_id(settings) is not None
            assert audience.redirector.counters.confirmations_not_durable == 1


class TestShutdown:
    async def test_clicks_under_way_are_settled_before_the_end(
        self, pool: asyncpg.Pool, site: LinkSite, settings: Settings, own_redis: redis.asyncio.Redis
    ) -> None:
        await make_link(pool, site, "abc23XY")
        async with open_redirector(settings) as audience:
            await audience.get("/abc23XY")
            under_way = [asyncio.ensure_future(audience.get("/abc23XY")) for _ in range(100)]
            await asyncio.sleep(0)  # each has recorded, none is answered
        ids = {answer.read_click_id(settings) for answer in await asyncio.gather(*under_way)}
        assert None not in ids
        assert ids <= {click.click_id for click in await read_clicks(own_redis)}

    async def test_what_is_on_disk_at_the_end_is_replayed_by_the_next(
        self,
        pool: asyncpg.Pool,
        site: LinkSite,
        settings: Settings,
        valkey: EmbeddedValkey,
        own_redis: redis.asyncio.Redis,
    ) -> None:
        await make_link(pool, site, "abc23XY")
        valkey.crash()
        async with open_redirector(settings) as audience:
            ids = await follow(audience, settings, 10)
        valkey.start()
        async with open_redirector(settings):
            await wait_for_clicks(own_redis, ids)
