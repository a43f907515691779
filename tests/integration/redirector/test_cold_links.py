"""Links that are not in memory: one query for all who ask, a budget for guessing, no 404 for want of an answer."""

import asyncio
import itertools

import asyncpg
import msgspec
import pytest

from redirector.memory.changes import ChangeFeed
from redirector.memory.resolver import MAX_TRIES
from tests.audience import Audience, LinkSite, make_link, open_redirector
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.changes.rules import ChangeKind, write_address
from tracking.settings import Settings

REFUSED_URL = "postgresql://nobody@127.0.0.1:1/nothing"


async def test_a_change_log_that_never_rests_holds_up_no_cold_link(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    epochs = itertools.count()
    monkeypatch.setattr(ChangeFeed, "epoch", property(lambda _: next(epochs), lambda *_: None), raising=False)
    await make_link(pool, site, "abc23XY")

    answer = await audience.get("/abc23XY")

    assert answer.status == 302
    assert audience.redirector.counters.resolve_queries == MAX_TRIES
    assert audience.redirector.read_gauges().cached_links == 0


class TestHerd:
    async def test_2000_requests_for_one_cold_link_are_one_query(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "abc23XY")
        answers = await asyncio.gather(*(audience.get("/abc23XY") for _ in range(2_000)))
        assert {answer.status for answer in answers} == {302}
        assert audience.redirector.counters.resolve_queries == 1

    async def test_cold_links_that_come_together_share_queries(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        slugs = [f"cold{number}" for number in range(300)]
        for slug in slugs:
            await make_link(pool, site, slug)
        answers = await asyncio.gather(*(audience.get(f"/{slug}") for slug in slugs))
        assert {answer.status for answer in answers} == {302}
        assert audience.redirector.counters.resolve_queries == 1

    async def test_more_links_than_memory_holds_are_all_found(
        self, settings: Settings, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        for number in range(20):
            await make_link(pool, site, f"many{number}")
        async with open_redirector(msgspec.structs.replace(settings, link_cache_size=3)) as audience:
            answers = await asyncio.gather(*(audience.get(f"/many{number}") for number in range(20)))
            assert {answer.status for answer in answers} == {302}
            assert audience.redirector.read_gauges().cached_links == 3


@pytest.mark.feature("R1")
async def test_a_destination_that_came_past_our_rules_is_sent_as_ascii_and_holds_up_no_other(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    await make_link(pool, site, "broken2", destination="https://shop.example.com/\N{SNOWMAN}\r\nSet-Cookie: a=b")
    await make_link(pool, site, "abc23XY")
    answers = await asyncio.gather(audience.get("/broken2"), audience.get("/abc23XY"))
    assert [answer.status for answer in answers] == [302, 302]
    assert answers[0].location.startswith("https://shop.example.com/%E2%98%83%0D%0ASet-Cookie:%20a=b?creator=")


@pytest.mark.feature("R8")
async def test_a_slug_that_comes_to_be_is_found_although_it_was_nobodys(
    audience: Audience, pool: asyncpg.Pool, site: LinkSite
) -> None:
    assert (await audience.get("/later23")).status == 404
    link_id = await make_link(pool, site, "later23")
    await pool.execute(
        "INSERT INTO change_log (kind, ref_id, address) VALUES ($1, $2, $3)",
        ChangeKind.LINK,
        link_id,
        write_address(site.host, "later23"),
    )
    clients = (f"198.51.{number // 250}.{number % 250}" for number in range(50_000))  # each has a budget of its own

    async def is_found() -> bool:
        return (await audience.get("/later23", client=next(clients))).status == 302

    await eventually(is_found)


class TestGuessing:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, unknown_slugs_per_minute=5, unknown_cache_size=100)

    async def test_guessing_is_rationed_for_that_client_only(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "abc23XY")
        assert (await audience.get("/abc23XY", client="198.51.100.9")).status == 302
        guesses = [(await audience.get(f"/guess{number}")).status for number in range(7)]
        assert guesses == [404, 404, 404, 404, 404, 429, 429]
        assert (await audience.get("/guess7", client="198.51.100.9")).status == 404
        assert (await audience.get("/abc23XY")).status == 302  # whoever guesses may still follow links

    async def test_cold_links_cost_the_client_nothing(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        for number in range(20):
            await make_link(pool, site, f"cold{number}")
            assert (await audience.get(f"/cold{number}")).status == 302
        assert (await audience.get("/guess")).status == 404

    async def test_what_is_nobodys_is_asked_for_once_and_so_is_its_host(self, audience: Audience) -> None:
        assert [(await audience.get("/guess")).status for _ in range(3)] == [404] * 3
        assert audience.redirector.counters.resolve_queries == 2

    async def test_shapes_that_are_no_slugs_are_asked_for_never(self, audience: Audience) -> None:
        for path in ("/.env", "/wp-login.php", "/a/b/c", "/-", "/" + "a" * 101):
            assert (await audience.get(path)).status == 404
        assert audience.redirector.counters.resolve_queries == 1  # whose host it is

    async def test_garbage_pushes_out_no_link_and_stays_bounded(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "abc23XY")
        await audience.get("/abc23XY")
        await asyncio.gather(*(audience.get(f"/junk{n}", client=f"10.0.{n // 250}.{n % 250}") for n in range(500)))
        gauges = audience.redirector.read_gauges()
        assert (gauges.cached_links, gauges.unknown_slugs) == (1, 100)


class TestWithoutPostgres:
    @pytest.mark.feature("R1")
    async def test_a_cold_link_is_unavailable_and_never_unknown(self, settings: Settings) -> None:
        settings = msgspec.structs.replace(settings, database_url=REFUSED_URL)
        async with open_redirector(settings) as audience:
            answer = await audience.get("/abc23XY")
            assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert audience.redirector.counters.resolve_failures == 1

    @pytest.mark.feature("R1")
    async def test_it_recovers_without_a_restart(self, settings: Settings) -> None:
        async with own_migrated_postgres(settings) as (postgres, own):
            postgres.crash()
            async with open_redirector(own) as audience:
                assert (await audience.get("/abc23XY")).status == 503
                postgres.start()

                async def read_status() -> int:
                    return (await audience.get("/abc23XY")).status

                assert await eventually(read_status, lambda status: status != 503) == 404
