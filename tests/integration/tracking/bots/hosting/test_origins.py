"""From lists to clicks: which provider and country are stored, and for whom an account's own lists hold."""

import asyncio
import contextlib
import itertools
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.address_lists import find_country, write_countries, write_list
from tests.clicking import BOT, make_account, make_event, read_tables, read_totals
from tracking.bots.hosting.origins import Origin, Origins
from tracking.bots.hosting.service import archive_hosting_list, put_hosting_list
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents

pytestmark = pytest.mark.feature("TR25", "R4")

SERVER, PERSON = "192.0.2.7", "203.0.113.7"


async def read_lists(pool: asyncpg.Pool, folder: Path | None = None, countries: Path | None = None) -> Origins:
    origins = Origins(folder, countries)
    await origins.refresh(pool)
    return origins


async def name_provider(pool: asyncpg.Pool, origin: Origin) -> tuple[int, str] | None:
    row = await pool.fetchrow("SELECT account_id, name FROM hosting_provider WHERE id = $1", origin.hosting_provider_id)
    return tuple(row) if row else None


async def read_versions(pool: asyncpg.Pool, origin: Origin) -> dict[str, str]:
    row = await pool.fetchrow(
        "SELECT crawlers, user_agents, hosting, countries FROM detection_lists WHERE id = $1", origin.lists_id
    )
    return dict(row)


async def store_from(pool: asyncpg.Pool, origins: Origins, *events: ClickEvent) -> list[dict[str, Any]]:
    """What is stored of each afterwards."""
    await store_clicks(pool, UserAgents(), events, origins=origins)
    rows = await pool.fetch("SELECT id, hosting_provider_id, country, lists_id, verdict, reasons, score FROM click")
    by_id = {row["id"].bytes: dict(row) for row in rows}
    return [by_id[event.click_id] for event in events]


class TestClicks:
    async def test_one_out_of_a_hosting_network_is_suspect_and_says_whose_it_is(
        self, pool: asyncpg.Pool, tmp_path: Path
    ) -> None:
        account_id = await make_account(pool)
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        origins = await read_lists(pool, tmp_path)

        server, person = await store_from(
            pool,
            origins,
            make_event(account_id, client_ip=SERVER, visitor=1),
            make_event(account_id, client_ip=PERSON, visitor=2),
        )

        provider_id = await pool.fetchval("SELECT id FROM hosting_provider WHERE name = 'cloudy' AND account_id = 0")
        assert (server["hosting_provider_id"], person["hosting_provider_id"]) == (provider_id, None)
        assert (server["verdict"], person["verdict"]) == (Verdict.SUSPECT, Verdict.HUMAN)
        assert (server["score"], person["score"]) == (50, 0)
        assert server["reasons"] ^ person["reasons"] == Reason.HOSTING_NETWORK
        assert server["lists_id"] == person["lists_id"] is not None
        totals = await read_totals(pool, account_id)
        assert (totals["human_clicks"], totals["suspect_clicks"], totals["counted_clicks"]) == (1, 1, 2)

    async def test_a_program_out_of_one_stays_a_program(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        account_id = await make_account(pool)
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")

        [crawler] = await store_from(
            pool, await read_lists(pool, tmp_path), make_event(account_id, client_ip=SERVER, user_agent=BOT)
        )

        assert crawler["verdict"] == Verdict.BOT
        assert crawler["reasons"] & (Reason.HOSTING_NETWORK | Reason.KNOWN_CRAWLER) == (
            Reason.HOSTING_NETWORK | Reason.KNOWN_CRAWLER
        )

    async def test_people_behind_a_relay_are_not_taken_for_servers(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        write_list(tmp_path, "relay-egress.csv", "192.0.2.6/31,DE,DE-BE,Berlin,")
        origins = await read_lists(pool, tmp_path)

        assert origins.find("192.0.2.7", 1).hosting_provider_id is None
        assert await name_provider(pool, origins.find("192.0.2.8", 1)) == (0, "cloudy")

    @pytest.mark.feature("TR26")
    async def test_the_country_is_stored(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        account_id = await make_account(pool)
        countries = write_countries(tmp_path / "c.mmdb", {"203.0.113.0/24": {"country": {"iso_code": "DE"}}})

        clicks = await store_from(
            pool,
            await read_lists(pool, None, countries),
            make_event(account_id, client_ip=PERSON),
            make_event(account_id, client_ip=SERVER),
            make_event(account_id, client_ip=""),
        )

        assert [click["country"] for click in clicks] == ["DE", None, None]
        assert [click["verdict"] for click in clicks] == [Verdict.HUMAN] * 3

    @pytest.mark.feature("R3")
    async def test_a_second_delivery_after_the_lists_changed_changes_nothing(
        self, pool: asyncpg.Pool, tmp_path: Path
    ) -> None:
        account_id = await make_account(pool)
        path = write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        origins = await read_lists(pool, tmp_path)
        event = make_event(account_id, client_ip=SERVER)
        await store_from(pool, origins, event)
        before = await read_tables(pool)

        path.unlink()
        assert await origins.refresh(pool)
        await store_from(pool, origins, event)

        assert await read_tables(pool) == before


class TestVersions:
    async def test_they_name_every_list_that_had_a_say(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        write_list(tmp_path, "cloudy.json", '{"createDate": "2025-01-02", "addresses": ["192.0.2.0/24"]}')
        write_list(tmp_path, "broken.txt", "<html>")
        origins = await read_lists(pool, tmp_path)

        [digest] = [each.version for each in origins.describe() if each.name == "cloudy.json"]
        assert await read_versions(pool, origins.find(PERSON, 1)) == {
            "crawlers": version("crawler-user-agents"),
            "user_agents": version("ua-parser-builtins"),
            "hosting": f"cloudy.json {digest} 2025-01-02",
            "countries": "",
        }

    async def test_they_are_there_without_any_file(self, pool: asyncpg.Pool) -> None:
        origin = (await read_lists(pool)).find(SERVER, 1)

        assert (origin.hosting_provider_id, origin.country) == (None, None)
        assert (await read_versions(pool, origin))["crawlers"] == version("crawler-user-agents")

    async def test_the_same_lists_have_the_same_numbers_in_every_worker(
        self, pool: asyncpg.Pool, tmp_path: Path
    ) -> None:
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        workers = await asyncio.gather(*(read_lists(pool, tmp_path) for _ in range(8)))

        assert len({worker.find(SERVER, 1) for worker in workers}) == 1
        assert await pool.fetchval("SELECT count(*) FROM hosting_provider") == 1
        assert await pool.fetchval("SELECT count(*) FROM detection_lists") == 1

    async def test_a_list_that_comes_back_has_its_number_again(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        path = write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        origins = await read_lists(pool, tmp_path)
        first = origins.find(SERVER, 1)
        kept = path.rename(tmp_path / "kept")
        await origins.refresh(pool)
        assert origins.find(SERVER, 1).lists_id != first.lists_id

        kept.rename(path)
        await origins.refresh(pool)

        assert origins.find(SERVER, 1) == first


class TestRefreshing:
    async def test_nothing_new_is_said_to_be_nothing_new(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        origins = await read_lists(pool, tmp_path)
        assert not await origins.refresh(pool)

        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")

        assert await origins.refresh(pool)
        assert not await origins.refresh(pool)

    async def test_what_an_outage_cut_off_is_made_up_for(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        """The files are read by then, and their providers have no numbers."""
        origins = await read_lists(pool, tmp_path)
        write_list(tmp_path, "cloudy.txt", "192.0.2.0/24")
        await pool.execute("ALTER TABLE hosting_provider RENAME TO hosting_provider_away")
        try:
            with pytest.raises(asyncpg.UndefinedTableError):
                await origins.refresh(pool)
            assert origins.find(SERVER, 1).hosting_provider_id is None
        finally:
            await pool.execute("ALTER TABLE hosting_provider_away RENAME TO hosting_provider")

        assert await origins.refresh(pool)

        assert await name_provider(pool, origins.find(SERVER, 1)) == (0, "cloudy")

    async def test_clicks_go_on_while_lists_change_and_each_knows_which_it_met(
        self, pool: asyncpg.Pool, tmp_path: Path
    ) -> None:
        account_id = await make_account(pool)
        origins = await read_lists(pool, tmp_path)

        changed = asyncio.Event()

        async def change() -> None:
            for number in itertools.count():
                write_list(tmp_path, "cloudy.txt", "192.0.2.0/24" if number % 2 else "198.51.100.0/24")
                await origins.refresh(pool)
                changed.set()

        changing = asyncio.create_task(change())
        for _ in range(6):
            events = [make_event(account_id, client_ip=SERVER) for _ in range(20)]
            await store_clicks(pool, UserAgents(), events, origins=origins)
            changed.clear()
            await changed.wait()
        changing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await changing

        met = await pool.fetch(
            "SELECT hosting, hosting_provider_id, count(*) FROM click"
            " JOIN detection_lists ON detection_lists.id = lists_id GROUP BY 1, 2"
        )
        assert sum(row["count"] for row in met) == 120
        assert len({row["hosting"] for row in met}) == len(met), "no version of the lists says two things"
        assert len(met) > 1


@pytest.mark.usefixtures("orm")
class TestOwnLists:
    async def test_they_hold_for_clicks_of_the_account_alone(self, pool: asyncpg.Pool) -> None:
        acme, other = await make_account(pool), await make_account(pool, slug="other")
        await put_hosting_list(acme, "Our scanner", "192.0.2.0/24")
        origins = await read_lists(pool)

        assert await name_provider(pool, origins.find(SERVER, acme)) == (acme, "Our scanner")
        assert origins.find(SERVER, other).hosting_provider_id is None
        assert origins.find(PERSON, acme).hosting_provider_id is None

    async def test_they_come_before_the_operators_and_its_relays(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        account_id = await make_account(pool)
        write_list(tmp_path, "cloudy.txt", "192.0.2.7", "198.51.100.0/24")
        write_list(tmp_path, "relay-egress.txt", "192.0.2.8")
        await put_hosting_list(account_id, "Ours", "192.0.2.0/24")
        origins = await read_lists(pool, tmp_path)

        assert [
            await name_provider(pool, origins.find(address, account_id))
            for address in ("192.0.2.7", "192.0.2.8", "198.51.100.1", "203.0.113.1")
        ] == [(account_id, "Ours"), (account_id, "Ours"), (0, "cloudy"), None]
        assert await name_provider(pool, origins.find("192.0.2.7", account_id + 1)) == (0, "cloudy")

    async def test_a_worker_notices_what_is_put_replaced_and_archived(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        origins = await read_lists(pool)

        async def find_both() -> list[tuple[int, str] | None]:
            await origins.refresh(pool)
            return [
                await name_provider(pool, origins.find(address, account_id)) for address in (SERVER, "198.51.100.1")
            ]

        seen = [await find_both()]
        await put_hosting_list(account_id, "Ours", "192.0.2.0/24")
        seen.append(await find_both())
        row = await put_hosting_list(account_id, "OURS", "198.51.100.0/24")
        seen.append(await find_both())
        await archive_hosting_list(account_id, row.id)
        seen.append(await find_both())

        assert seen == [
            [None, None],
            [(account_id, "Ours"), None],
            [None, (account_id, "OURS")],
            [None, None],
        ]

    async def test_versions_name_them_for_their_account_alone(self, pool: asyncpg.Pool) -> None:
        account_id = await make_account(pool)
        row = await put_hosting_list(account_id, "Ours", "192.0.2.0/24")
        origins = await read_lists(pool)

        own = await read_versions(pool, origins.find(PERSON, account_id))
        foreign = await read_versions(pool, origins.find(PERSON, account_id + 1))
        assert (own["hosting"], foreign["hosting"]) == (f"account list {row.id} Ours", "")

    async def test_countries_are_those_of_the_operator(self, pool: asyncpg.Pool, tmp_path: Path) -> None:
        await put_hosting_list(await make_account(pool), "Ours", "192.0.2.0/24")
        path = write_countries(tmp_path / "c.mmdb", {"192.0.2.0/24": {"country": "DE"}})

        assert find_country(await read_lists(pool, None, path), SERVER) == "DE"
