"""Archived means archived: what changes in PostgreSQL leaves memory, and without PostgreSQL memory goes on serving."""

import asyncio
from typing import Any

import asyncpg
import msgspec
import pytest
import redis.asyncio

from redirector.memory import changes
from tests.audience import Audience, LinkSite, make_link, make_link_site, open_redirector
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.changes.rules import ChangeKind, write_address
from tracking.database import open_pool
from tracking.settings import Settings
from tracking.streams import CHANGES_CHANNEL


async def archive(pool: asyncpg.Pool, site: LinkSite, slug: str, link_id: int) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("UPDATE link SET archived_at = now() WHERE id = $1", link_id)
        await record_change(connection, ChangeKind.LINK, link_id, write_address(site.host, slug))


async def record_change(connection: Any, kind: ChangeKind, ref_id: int, address: str | None = None) -> None:
    await connection.execute(
        "INSERT INTO change_log (kind, ref_id, address) VALUES ($1, $2, $3)", kind, ref_id, address
    )


async def wait_for_status(audience: Audience, path: str, status: int) -> None:
    async def read() -> int:
        return (await audience.get(path)).status

    await eventually(read, lambda got: got == status)


class TestArchive:
    @pytest.mark.feature("LS7", "R8")
    async def test_a_warm_link_that_is_archived_is_gone_without_a_call(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        link_id = await make_link(pool, site, "abc23XY")
        assert (await audience.get("/abc23XY")).status == 302
        await archive(pool, site, "abc23XY", link_id)
        await wait_for_status(audience, "/abc23XY", 410)

    async def test_a_call_over_redis_makes_it_read_at_once(
        self,
        settings: Settings,
        pool: asyncpg.Pool,
        site: LinkSite,
        redis_client: redis.asyncio.Redis,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(changes, "READ_EVERY_S", 3_600.0)

        async def count_listeners() -> int:
            return int((await redis_client.pubsub_numsub(CHANGES_CHANNEL))[0][1])

        link_id = await make_link(pool, site, "abc23XY")
        async with open_redirector(settings) as audience:
            await eventually(count_listeners)
            assert (await audience.get("/abc23XY")).status == 302
            await archive(pool, site, "abc23XY", link_id)
            await redis_client.publish(CHANGES_CHANNEL, "")
            await wait_for_status(audience, "/abc23XY", 410)

    async def test_a_late_commit_with_an_older_number_is_not_missed(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        first, second = [await make_link(pool, site, slug) for slug in ("first23", "second2")]
        for slug in ("first23", "second2"):
            await audience.get(f"/{slug}")
        async with pool.acquire() as slow, slow.transaction():
            await slow.execute("UPDATE link SET archived_at = now() WHERE id = $1", first)
            await record_change(slow, ChangeKind.LINK, first, write_address(site.host, "first23"))
            await archive(pool, site, "second2", second)
            await wait_for_status(audience, "/second2", 410)
            assert (await audience.get("/first23")).status == 302
        await wait_for_status(audience, "/first23", 410)

    @pytest.mark.parametrize("kind", [ChangeKind.ACCOUNT, ChangeKind.DOMAIN, ChangeKind.DELIVERABLE])
    async def test_a_change_of_what_links_stand_on_reaches_them(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite, kind: ChangeKind
    ) -> None:
        deliverable_id = 4_711
        link_id = await make_link(pool, site, "abc23XY")
        await audience.get("/abc23XY")
        # what the entry in memory says it stands on, as no deliverable can be made without a campaign
        entry = audience.redirector.cache.get(site.host, "abc23XY")
        assert entry is not None
        terms = msgspec.structs.replace(entry.terms, deliverable_id=deliverable_id)
        audience.redirector.cache.put(site.host, "abc23XY", msgspec.structs.replace(entry, terms=terms))
        ids = {
            ChangeKind.ACCOUNT: site.account_id,
            ChangeKind.DOMAIN: site.domain_id,
            ChangeKind.DELIVERABLE: deliverable_id,
        }
        await pool.execute("UPDATE link SET destination_url = 'https://new.example.com/' WHERE id = $1", link_id)
        await record_change(pool, kind, ids[kind])

        async def read_location() -> str:
            return (await audience.get("/abc23XY")).location

        await eventually(read_location, lambda location: location.startswith("https://new.example.com/"))


@pytest.mark.feature("R8")
async def test_a_kind_of_change_that_only_newer_versions_know_empties_memory_and_ends_nothing(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    link_id = await make_link(pool, site, "abc23XY")
    await audience.get("/abc23XY")
    await pool.execute("INSERT INTO change_log (kind, ref_id) VALUES (99, 1)")

    async def count_links() -> int:
        return audience.redirector.read_gauges().cached_links

    await eventually(count_links, lambda count: count == 0)
    assert (await audience.get("/abc23XY")).status == 302
    await archive(pool, site, "abc23XY", link_id)
    await wait_for_status(audience, "/abc23XY", 410)


class _HeldPool:
    """PostgreSQL whose answer is long under way: the rows are read, then wait to be let go."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self.has_read = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def fetch(self, *arguments: Any, timeout: float) -> Any:  # noqa: ASYNC109 -- asyncpg's own parameter
        rows = await self._pool.fetch(*arguments, timeout=timeout)
        self.has_read.set()
        await self.may_answer.wait()
        return rows


@pytest.mark.feature("R8")
async def test_a_row_that_was_read_before_the_archive_is_not_put_back(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    link_id = await make_link(pool, site, "abc23XY")
    held = _HeldPool(pool)
    audience.redirector._resolver._pool = held
    asked = asyncio.ensure_future(audience.get("/abc23XY"))
    await held.has_read.wait()  # the old row is under way
    seen = audience.redirector.counters.changes_seen
    await archive(pool, site, "abc23XY", link_id)

    async def count_changes() -> int:
        return audience.redirector.counters.changes_seen - seen

    await eventually(count_changes)
    held.may_answer.set()
    assert (await asked).status == 410
    assert (await audience.get("/abc23XY")).status == 410


class TestWithoutPostgres:
    @pytest.mark.feature("R1", "R8")
    async def test_a_warm_link_is_served_until_postgres_is_back_and_then_kept(self, settings: Settings) -> None:
        async with own_migrated_postgres(settings) as (postgres, own):
            pool = await open_pool(own)
            site = await make_link_site(pool)
            link_id = await make_link(pool, site, "abc23XY")
            async with open_redirector(own) as audience:
                assert (await audience.get("/abc23XY")).status == 302
                postgres.crash()
                await wait_for_failures(audience, 2)
                assert (await audience.get("/abc23XY")).status == 302
                assert (await audience.get("/other23")).status == 503
                assert audience.redirector.describe_readiness().is_ready

                postgres.start()
                await pool.expire_connections()
                await archive(pool, site, "abc23XY", link_id)
                await wait_for_status(audience, "/abc23XY", 410)
            await pool.close()

    async def test_operators_may_cap_how_long_links_are_served_from_memory(self, settings: Settings) -> None:
        capped = msgspec.structs.replace(settings, stale_max_s=0)
        async with own_migrated_postgres(capped) as (postgres, own):
            pool = await open_pool(own)
            await make_link(pool, await make_link_site(pool), "abc23XY")
            await pool.close()
            async with open_redirector(own) as audience:
                assert (await audience.get("/abc23XY")).status == 302
                postgres.crash()
                await wait_for_status(audience, "/abc23XY", 503)


async def wait_for_failures(audience: Audience, count: int) -> None:
    async def read() -> int:
        return audience.redirector.counters.change_log_failures

    await eventually(read, lambda failures: failures >= count)


async def test_after_a_gap_longer_than_the_log_memory_is_emptied(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_link(pool, site, "abc23XY")
    await audience.get("/abc23XY")
    monkeypatch.setattr(changes, "KEPT_S", 0)

    async def count_links() -> int:
        return audience.redirector.read_gauges().cached_links

    await eventually(count_links, lambda count: count == 0)
