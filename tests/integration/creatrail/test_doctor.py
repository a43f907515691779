"""The doctor on real programs: one test click all the way, and what is said when a program is missing."""

from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from creatrail.doctor.examination import examine
from creatrail.doctor.findings import BrokenError
from creatrail.doctor.journey import find_target
from creatrail.seed.demo import seed
from tests.doctor_lines import Said
from tests.e2e.system import System, open_system
from tests.waiting import eventually
from tracking.orm import open_orm
from tracking.reports.scopes import COUNTERS, Grain, Scope
from tracking.settings import ClickTokenKey, Settings

pytestmark = pytest.mark.xdist_group("doctor")

LINK = "demo.localhost/newsletter"
ASKING_LINK = "demo.localhost/fair"


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[System]:
    async with open_system() as system:
        async with open_orm(system.settings):
            await seed(system.settings, clicks=200)
        system.start("api", "redirector", "ingest", "jobs")
        yield system


async def ask_doctor(settings: Settings, *, is_healthy: bool, patience_s: float = 30, link: str = LINK) -> Said:
    said = Said()
    assert await examine(settings, link, say=said.lines.append, patience_s=patience_s) is is_healthy, "\n".join(
        said.lines
    )
    return said


async def read_totals(system: System) -> dict[str, int]:
    """All clicks of the link, by column, once those of the seed are folded."""
    connection: asyncpg.Connection = await system.open_database()
    try:
        await eventually(lambda: connection.fetchval("SELECT NOT EXISTS (SELECT FROM rollup_delta)"))
        row = await connection.fetchrow(
            f"SELECT {', '.join(COUNTERS)} FROM rollup WHERE scope = $1 AND grain = $2"
            " AND first_key = (SELECT id FROM link WHERE slug = 'newsletter')",
            Scope.LINK,
            Grain.TOTAL,
        )
    finally:
        await connection.close()
    return dict(row) if row is not None else dict.fromkeys(COUNTERS, 0)


class TestTarget:
    @pytest.fixture
    async def pool(self, system: System) -> AsyncIterator[asyncpg.Pool]:
        async with asyncpg.create_pool(system.settings.database_url, min_size=0, max_size=1) as pool:
            yield pool

    async def test_without_a_choice_it_is_the_newest_that_reports_have_rows_of(self, pool: asyncpg.Pool) -> None:
        kinds = [row["kind"] for row in await pool.fetch("SELECT kind FROM link ORDER BY id")]
        assert kinds[-1] == "RECIPIENT"

        target = await find_target(pool, None)

        last = max(place for place, kind in enumerate(kinds) if kind != "RECIPIENT")
        assert target.link_id == await pool.fetchval("SELECT id FROM link ORDER BY id OFFSET $1 LIMIT 1", last)

    async def test_that_of_a_recipient_is_refused(self, pool: asyncpg.Pool) -> None:
        slug = await pool.fetchval("SELECT slug FROM link WHERE kind = 'RECIPIENT' LIMIT 1")

        with pytest.raises(BrokenError, match="is the link of one recipient"):
            await find_target(pool, f"demo.localhost/{slug}")

    @pytest.mark.feature("TR12")
    async def test_of_an_offer_with_a_page_it_says_that_people_get_that_first(self, pool: asyncpg.Pool) -> None:
        assert (await find_target(pool, ASKING_LINK)).page_for_people.endswith("asks to continue first")
        await pool.execute(
            "WITH page AS (INSERT INTO offer (account_id, name, destination_url, interstitial_mode, interstitial,"
            " created_at) SELECT id, 'Shoes', 'https://shop.example/', 'CUSTOM', '[\"Shoes\", \"\", \"Buy\"]', now()"
            " FROM account RETURNING id, account_id)"
            " UPDATE link SET offer_id = page.id FROM page WHERE link.account_id = page.account_id AND slug = 'fair'"
        )
        assert (await find_target(pool, ASKING_LINK)).page_for_people == "; people get the page of its offer first"
        await pool.execute("UPDATE link SET offer_id = NULL WHERE slug = 'fair'")


@pytest.mark.feature("R4")
async def test_a_test_click_goes_all_the_way_and_counts_as_a_test_only(system: System) -> None:
    before = await read_totals(system)

    said = await ask_doctor(system.settings, is_healthy=True)

    assert said.steps() == dict.fromkeys(said.steps(), "ok")
    assert list(said.steps()) == [
        *(
            "postgresql",
            "redis",
            "machine",
            "lists",
            "redirector",
            "salts",
            "link",
            "redirect",
            "worker",
            "report",
            "graph",
        )
    ]
    assert await read_totals(system) == {**before, "test_clicks": before["test_clicks"] + 1}


@pytest.mark.feature("TR26")
async def test_it_says_that_people_are_asked_to_continue_where_its_test_click_is_not(system: System) -> None:
    said = await ask_doctor(system.settings, is_healthy=True, link=ASKING_LINK)

    assert said.about("redirect").endswith(
        " ms to https://example.com/fair; people get a page that asks to continue first"
    )
    assert said.about("worker").startswith("ok: stored as a test after ")
    assert "continue" not in (await ask_doctor(system.settings, is_healthy=True)).about("redirect")


async def test_a_doctor_with_another_key_cannot_mark_its_click(system: System) -> None:
    stranger = ClickTokenKey(key_id=1, secret=b"the key of another installation")

    said = await ask_doctor(msgspec.structs.replace(system.settings, click_token_keys=(stranger,)), is_healthy=False)

    assert said.about("worker").startswith("broken: the test click is stored, but not as a test / ")


async def test_it_leaves_no_key_behind(system: System) -> None:
    await ask_doctor(system.settings, is_healthy=True)

    connection = await system.open_database()
    try:
        assert await connection.fetchval("SELECT count(*) FROM api_key") == 0
    finally:
        await connection.close()


async def test_without_the_api(system: System) -> None:
    system.programs["api"].stop()
    try:
        said = await ask_doctor(system.settings, is_healthy=False)
    finally:
        system.programs["api"].start()

    assert said.about("graph").startswith(f"broken: 127.0.0.1:{system.settings.api_port} does not answer: ")
    assert said.about("graph").endswith(" / start `creatrail api`, or correct API_PORT")


async def test_without_a_worker(system: System) -> None:
    system.programs["ingest"].stop()
    try:
        said = await ask_doctor(system.settings, is_healthy=False, patience_s=6)
    finally:
        system.programs["ingest"].start()

    assert said.about("redirect").startswith("ok: 302 after ")
    assert said.about("worker") == (
        "broken: the test click is not stored after 6 s: no worker reads the stream, 1 clicks wait"
        " / start `creatrail worker --ingest`"
    )
    assert said.about("report") == said.about("graph") == "skipped: needs what is broken above"


async def test_without_a_redirector(system: System) -> None:
    system.programs["redirector"].stop()
    try:
        said = await ask_doctor(system.settings, is_healthy=False)
    finally:
        system.programs["redirector"].start()

    assert said.about("redirector").endswith(" / start `creatrail redirector`, or correct REDIRECTOR_OPS_PORT")
    assert said.about("link") == f"ok: {LINK}"
    assert said.about("redirect") == said.about("graph") == "skipped: needs what is broken above"


async def test_without_redis_the_click_is_in_the_spool(system: System) -> None:
    system.valkey.stop()
    try:
        said = await ask_doctor(system.settings, is_healthy=False, patience_s=1)
    finally:
        system.valkey.start()

    assert said.about("redis").startswith("broken: Redis does not answer at REDIS_URL: ")
    assert said.about("redirect").startswith("ok: 302 after ")
    assert said.about("worker").startswith(
        "broken: the test click is not stored after 1 s, and Redis does not answer: "
    )
    assert said.about("worker").endswith(" / start Redis; the spool holds the click")
