"""The weekly look at destinations: who is due, what is noted, and what creators hear of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from tests.audience import LinkSite, make_link, make_link_site
from tests.strangers import NOT_FOUND, OK, Stranger, open_stranger
from tracking.links.destination_checks import DESTINATIONS_A_HOST, list_due_destinations
from worker.destination_checks import SUSPICIOUS_HOSTS, check_due_destinations
from worker.destination_probe import DestinationProbe

AT_HOME = DestinationProbe(allows_private=True)


@pytest.fixture
async def site(pool: asyncpg.Pool) -> LinkSite:
    return await make_link_site(pool)


@pytest.fixture
async def shop() -> AsyncIterator[Stranger]:
    async with open_stranger(sale=OK) as stranger:
        yield stranger


async def check(pool: asyncpg.Pool) -> int:
    return await check_due_destinations(pool, AT_HOME, pause_s=0)


async def become_due(pool: asyncpg.Pool) -> None:
    await pool.execute("UPDATE link SET destination_checked_at = now() - interval '8 days'")


async def read_links(pool: asyncpg.Pool) -> dict[str, tuple[Any, ...]]:
    rows = await pool.fetch(
        "SELECT slug, destination_checked_at IS NOT NULL AS is_checked, is_destination_broken, destination_finding"
        " FROM link"
    )
    return {row["slug"]: tuple(row)[1:] for row in rows}


async def list_notices(pool: asyncpg.Pool) -> list[tuple[int, int]]:
    rows = await pool.fetch(
        "SELECT creator_id, link_id FROM creator_notice WHERE kind = 'LINK_DESTINATION_BROKEN' ORDER BY id"
    )
    return [tuple(row) for row in rows]


class TestLook:
    async def test_it_notes_what_answers_and_what_does_not(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "fine234", destination=shop.write_url("/sale"))
        broken = await make_link(pool, site, "broken2", destination=shop.write_url("/over"))
        assert await check(pool) == 2
        assert await read_links(pool) == {"fine234": (True, False, None), "broken2": (True, True, "404")}
        assert await list_notices(pool) == [(site.creator_id, broken)]

    @pytest.mark.feature("LS8")
    async def test_links_with_one_destination_are_one_look_and_each_hears_of_it(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        links = [await make_link(pool, site, slug, destination=shop.write_url("/over")) for slug in ("aaa", "bbb")]
        assert await check(pool) == 1
        assert shop.asked == ["HEAD /over", "GET /over"]
        assert await list_notices(pool) == [(site.creator_id, link) for link in links]

    async def test_what_was_looked_at_this_week_is_left_alone(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "fine234", destination=shop.write_url("/sale"))
        assert [await check(pool), await check(pool)] == [1, 0]
        await become_due(pool)
        assert await check(pool) == 1

    async def test_archived_links_and_those_of_recipients_are_not_looked_at(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "gone234", destination=shop.write_url("/over"))
        await pool.execute("UPDATE link SET archived_at = now()")
        await make_link(pool, site, "contact", destination=shop.write_url("/over"), contact_id=7)
        await pool.execute("UPDATE link SET kind = 'RECIPIENT', message_id = 1, slot = 1 WHERE slug = 'contact'")
        assert await check(pool) == 0
        assert shop.asked == []


@pytest.mark.feature("LS8")
class TestNotices:
    async def test_a_creator_hears_once_each_time_that_it_breaks(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "abc23XY", destination=shop.write_url("/sale"))
        counts = []
        for answer in (NOT_FOUND, NOT_FOUND, OK, NOT_FOUND):
            shop.answers["/sale"] = answer
            await become_due(pool)
            await check(pool)
            counts.append(len(await list_notices(pool)))
        assert counts == [1, 1, 1, 2]

    async def test_an_answer_that_says_nothing_changes_nothing(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "abc23XY", destination=shop.write_url("/sale"))
        found = []
        for answer in (NOT_FOUND, NOT_FOUND.replace(b"404", b"403"), NOT_FOUND):
            shop.answers["/sale"] = answer
            await become_due(pool)
            await check(pool)
            found.append((await read_links(pool))["abc23XY"])
        assert found == [(True, True, "404"), (True, True, "403"), (True, True, "404")]
        assert len(await list_notices(pool)) == 1

    async def test_two_workers_at_once_tell_it_once(self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger) -> None:
        await make_link(pool, site, "abc23XY", destination=shop.write_url("/over"))
        await asyncio.gather(*(check(pool) for _ in range(4)))
        assert len(await list_notices(pool)) == 1

    async def test_a_destination_that_changed_meanwhile_is_another_one(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "abc23XY", destination=shop.write_url("/over"))

        class Slow(DestinationProbe):
            async def look(self, url: str) -> Any:
                await pool.execute("UPDATE link SET destination_url = 'https://shop.example.com/'")
                return await super().look(url)

        await check_due_destinations(pool, Slow(allows_private=True), pause_s=0)
        assert await read_links(pool) == {"abc23XY": (False, None, None)}
        assert await list_notices(pool) == []


class TestShares:
    async def test_no_host_holds_up_the_others_and_the_longest_unseen_come_first(
        self, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "other", destination="https://other.example/")
        await pool.execute("UPDATE link SET destination_checked_at = now() - interval '8 days'")
        for number in range(DESTINATIONS_A_HOST + 5):
            await make_link(pool, site, f"big{number}", destination=f"https://big.example/{number}")
        due = [destination.url for destination in await list_due_destinations(pool)]
        assert len(due) == DESTINATIONS_A_HOST + 1
        assert due[-1] == "https://other.example/"

    async def test_no_account_holds_up_the_others(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        for number in range(5):
            await make_link(pool, site, f"new{number}", destination=f"https://shop{number}.example/")
        other = await make_link_site(pool, slug="other")
        await make_link(pool, other, "old", destination="https://other.example/")
        await pool.execute("UPDATE link SET destination_checked_at = now() - interval '8 days' WHERE slug = 'old'")
        due = [destination.url for destination in await list_due_destinations(pool)]
        assert due.index("https://other.example/") == 1
        assert len(due) == 6

    async def test_when_its_time_is_over_a_run_notes_what_it_saw_and_leaves_the_rest(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        await make_link(pool, site, "fine234", destination=shop.write_url("/sale"))
        assert await check_due_destinations(pool, AT_HOME, run_s=0) == 0
        assert await read_links(pool) == {"fine234": (False, None, None)}
        assert await check(pool) == 1


class TestOwnNetwork:
    """A worker that reaches nobody must not call every destination broken."""

    async def test_when_nobody_answers_nothing_is_noted(self, pool: asyncpg.Pool, site: LinkSite) -> None:
        for number in range(SUSPICIOUS_HOSTS):
            await make_link(pool, site, f"link{number}", destination=f"http://shop{number}.invalid/")
        assert await check(pool) == SUSPICIOUS_HOSTS
        assert set((await read_links(pool)).values()) == {(False, None, None)}
        assert await list_notices(pool) == []

    async def test_when_somebody_answers_silence_is_theirs(
        self, pool: asyncpg.Pool, site: LinkSite, shop: Stranger
    ) -> None:
        for number in range(SUSPICIOUS_HOSTS):
            await make_link(pool, site, f"link{number}", destination=f"http://shop{number}.invalid/")
        await make_link(pool, site, "fine234", destination=shop.write_url("/sale"))
        await check(pool)
        links = await read_links(pool)
        assert links.pop("fine234") == (True, False, None)
        assert set(links.values()) == {(True, True, "DNS")}
