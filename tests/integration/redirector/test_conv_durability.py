"""A 202 means that the report is safe: in Redis, or on disk; with neither, or when nobody can tell, it is refused."""

from pathlib import Path

import asyncpg
import msgspec
import pytest
import redis.asyncio

from creatrail.embedded.valkey import EmbeddedValkey
from tests.audience import Audience, LinkSite, make_link_site, open_redirector
from tests.reporting import (
    make_offer,
    make_secret,
    make_signing_key,
    post,
    read_refusal,
    read_reports,
    report,
    sign,
)
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.conversions.event import ConversionEvent
from tracking.settings import Settings

BODY = b'{"txn_id": "A-1001", "revenue": "12.50"}'
NONCE = "nonce-of-16-char"


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey, tmp_path: Path) -> Settings:
    return msgspec.structs.replace(settings, redis_url=valkey.url, spool_dir=tmp_path / "spool")


@pytest.fixture
async def key(pool: asyncpg.Pool, site: LinkSite, settings: Settings) -> str:
    return await make_signing_key(pool, settings, site.account_id)


async def wait_for_reports(client: redis.asyncio.Redis, count: int) -> list[ConversionEvent]:
    async def read() -> list[ConversionEvent]:
        try:
            return await read_reports(client)
        except redis.exceptions.RedisError:
            return []

    return await eventually(read, lambda events: len(events) >= count)


@pytest.mark.feature("R1", "R2", "R3", "TR13")
async def test_without_redis_reports_go_to_disk_and_are_replayed(
    audience: Audience, key: str, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
) -> None:
    valkey.crash()
    assert (await report(audience, {"txn_id": "A"})).status == 202
    assert (await post(audience, BODY, sign(key, BODY, NONCE))).status == 202
    assert (await post(audience, BODY, sign(key, BODY, NONCE))).status == 409  # remembered without Redis

    valkey.start()
    events = await wait_for_reports(own_redis, 2)
    assert [event.txn_id for event in events] == ["A", "A-1001"]


@pytest.mark.feature("R2")
async def test_without_redis_and_disk_a_report_is_refused_and_may_come_again_as_it_is(
    settings: Settings, key: str, valkey: EmbeddedValkey, own_redis: redis.asyncio.Redis
) -> None:
    valkey.crash()
    async with open_redirector(msgspec.structs.replace(settings, spool_max_bytes=10)) as audience:
        assert read_refusal(await report(audience, {"txn_id": "A"})) == (503, "not_durable", None)
        header = sign(key, BODY, NONCE)
        assert read_refusal(await post(audience, BODY, header)) == (503, "not_durable", None)
        assert audience.redirector.counters.reports_not_durable == 2
        valkey.start()

        async def read_status() -> int:
            return (await post(audience, BODY, header)).status

        assert await eventually(read_status, lambda status: status != 503) == 202
        assert len(await wait_for_reports(own_redis, 1)) == 1


async def test_without_postgresql_nothing_is_proven_and_known_hosts_still_report(settings: Settings) -> None:
    async with own_migrated_postgres(settings) as (postgres, own):
        pool = await asyncpg.create_pool(own.database_url)
        site = await make_link_site(pool)
        offer_id = await make_offer(pool, site.account_id, external_id="rain")
        secret = await make_secret(pool, site.account_id, offer_id)
        key = await make_signing_key(pool, own, site.account_id)
        await pool.close()
        async with open_redirector(own) as audience:
            proven = {"txn_id": "A", "offer_id": "rain", "secret": secret}
            assert (await report(audience, proven)).status == 202
            postgres.crash()
            assert read_refusal(await report(audience, proven)) == (503, "unavailable", None)
            assert read_refusal(await post(audience, BODY, sign(key, BODY, NONCE))) == (503, "unavailable", None)
            assert read_refusal(await report(audience, {"txn_id": "A"}, host="cold.localhost"))[1] == "unavailable"
            assert (await report(audience, {"txn_id": "A"})).status == 202
