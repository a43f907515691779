"""The demo account: complete after any number of seeds, whatever became of the first ones."""

import asyncio
import sys
from collections import Counter

import asyncpg
import pytest

from creatrail.embedded.folders import PROJECT
from creatrail.seed.demo import AccountTakenError, is_room_for_demo, seed
from creatrail.seed.incidents import FLOOD_CLICKS, INCIDENT_CLICKS, SCANNED_AT_HOME
from tests.behaviour import look
from tests.servers import describe_environment
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.bots.verdicts import TrafficClass, Verdict
from tracking.links.generation import generate_missing_links
from tracking.reports.audit import audit
from tracking.settings import Settings

pytestmark = pytest.mark.usefixtures("orm")

CLICKS = 3_000
INTERRUPTED_CLICKS = 30_000


FLOOD = "visitor_key = (SELECT visitor_key FROM click GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"


async def read_columns(pool: asyncpg.Pool, where: str) -> dict[str, int]:
    """How many of these clicks stand in each column of reports that has some."""
    rows = await pool.fetch(f"SELECT verdict, traffic_class FROM click WHERE {where}")
    special = {TrafficClass.PREVIEW, TrafficClass.PREFETCH, TrafficClass.TEST}
    classes = [(Verdict(row["verdict"]), TrafficClass(row["traffic_class"])) for row in rows]
    return dict(Counter(each.name if each in special else verdict.name for verdict, each in classes))


async def count(pool: asyncpg.Pool, table: str) -> int:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def test_a_seed_stores_exactly_its_clicks_and_counts_them(settings: Settings, pool: asyncpg.Pool) -> None:
    demo = await seed(settings, clicks=CLICKS)

    assert (demo.clicks, demo.is_new) == (CLICKS + INCIDENT_CLICKS, True)
    assert await count(pool, "click") == CLICKS + INCIDENT_CLICKS
    total = await pool.fetchrow(
        "SELECT * FROM rollup WHERE account_id = $1 AND scope = 1 AND grain = 3", demo.account_id
    )
    assert total["unique_clicks"] == await count(pool, "unique_click")
    assert total["counted_clicks"] == await count(pool, "click WHERE is_counted")
    assert await count(pool, "rollup_delta") == 0
    assert (await audit(pool)).differences == []


@pytest.mark.feature("LO1", "LS2")
async def test_every_link_that_a_campaign_needs_is_there(settings: Settings) -> None:
    await seed(settings, clicks=50)

    assert await generate_missing_links() == 0


@pytest.mark.feature("LS8", "CU3", "CU8", "TR1")
async def test_the_brand_has_people_deals_posts_messages_and_a_replaced_link(
    settings: Settings, pool: asyncpg.Pool
) -> None:
    await seed(settings, clicks=50)

    tables = ("user_of_account", "post", "contact", "message", "delivery")
    assert [await count(pool, table) for table in tables] == [3, 5, 40, 3, 80]
    assert await count(pool, "campaign_creator WHERE deal_currency = 'EUR'") == 6
    assert await count(pool, "link WHERE system_kind = 'CAMPAIGN_JOIN'") == 1
    assert await count(pool, "link WHERE sharer_id IS NOT NULL AND kind = 'CUSTOM'") == 1
    assert await count(pool, "message WHERE status = 'PREPARED' AND prepared = 20") == 2
    assert await count(pool, "message WHERE status = 'PREPARED' AND prepared = 40 AND channel = 'EMAIL'") == 1
    assert await count(pool, "link WHERE kind = 'RECIPIENT' AND contact_id IS NOT NULL") == 200
    assert await count(pool, "link WHERE is_honeypot AND contact_id IS NOT NULL") == 40
    [notice] = await pool.fetch(
        """
        SELECT old.slug, notice.created_at = old.archived_at AS is_of_that_day,
            old.replaced_by_id, notice.replacement_id
        FROM creator_notice AS notice JOIN link AS old ON old.id = notice.link_id
        """
    )
    assert (notice["slug"], notice["is_of_that_day"]) == ("slowhiker-sale", True)
    assert notice["replaced_by_id"] == notice["replacement_id"] is not None
    assert await count(pool, "click JOIN link ON link.id = click.link_id WHERE link.kind = 'SYSTEM'") == 0


class TestIncidents:
    """What there is to find, to explain and to correct. A jobs worker looks around; here the test does."""

    async def test_passes_find_the_gateway_and_the_flood(self, settings: Settings, pool: asyncpg.Pool) -> None:
        await seed(settings, clicks=50)
        letter = "message_id = (SELECT max(id) FROM message)"
        at_first = await read_columns(pool, letter), await read_columns(pool, FLOOD)

        await look(pool)

        assert at_first == ({"HUMAN": 52, "BOT": 6, "PREVIEW": 1, "PREFETCH": 1}, {"HUMAN": FLOOD_CLICKS})
        assert await read_columns(pool, letter) == {"HUMAN": 27, "SUSPECT": 1, "BOT": 30, "PREVIEW": 1, "PREFETCH": 1}
        assert await read_columns(pool, FLOOD) == {"BOT": FLOOD_CLICKS}
        assert await count(pool, f"click WHERE is_counted AND {letter}") == 27
        assert await count(pool, "unique_click JOIN click ON click.id = click_id WHERE message_id IS NOT NULL") == 20
        assert (await audit(pool)).differences == []

    async def test_one_scanner_was_found_by_the_brand_alone(self, settings: Settings, pool: asyncpg.Pool) -> None:
        await seed(settings, clicks=50)

        [correction] = await pool.fetch("SELECT status, is_dry_run FROM correction")
        assert tuple(correction) == ("APPLIED", False)
        assert await count(pool, "click WHERE manual_verdict IS NOT NULL") == len(SCANNED_AT_HOME)
        assert await count(pool, "reclassification_log") == len(SCANNED_AT_HOME)

    async def test_one_campaign_counts_no_suspects_from_its_beginning(
        self, settings: Settings, pool: asyncpg.Pool
    ) -> None:
        await seed(settings, clicks=CLICKS)

        suspects = f"click JOIN campaign ON campaign.id = campaign_id WHERE verdict = {Verdict.SUSPECT:d}"
        strict, others = (f"{suspects} AND campaign.name {operator} 'Ambassadors'" for operator in ("=", "<>"))
        assert await count(pool, strict) > 0
        assert await count(pool, f"{strict} AND is_counted") == 0
        assert await count(pool, f"{others} AND message_id IS NULL AND NOT is_counted") == 0
        [[effective_at, told_at]] = await pool.fetch(
            "SELECT effective_at, (after->>'botPolicy.effectiveAt')::timestamptz FROM bot_policy_version"
            " JOIN history_entry ON action = 'BOT_POLICY_UPDATED' AND subject_id = campaign_id"
        )
        assert effective_at == told_at

    async def test_one_link_asks_people_to_continue(self, settings: Settings, pool: asyncpg.Pool) -> None:
        await seed(settings, clicks=50)

        assert await pool.fetchval("SELECT slug FROM link WHERE bot_mode = 'CONFIRM'") == "fair"


async def test_two_seeds_at_once_and_a_third_add_nothing(settings: Settings, pool: asyncpg.Pool) -> None:
    first, second = await asyncio.gather(seed(settings, clicks=CLICKS), seed(settings, clicks=CLICKS))
    third = await seed(settings, clicks=9)

    assert first.account_id == second.account_id == third.account_id
    assert (third.clicks, third.is_new) == (CLICKS + INCIDENT_CLICKS, False)
    assert await count(pool, "click") == CLICKS + INCIDENT_CLICKS
    assert await count(pool, "correction") == 1
    assert await count(pool, "account") == 1


async def test_a_killed_seed_is_completed_without_doubling(settings: Settings, pool: asyncpg.Pool) -> None:
    command = [sys.executable, "-m", "creatrail", "seed", "--clicks", str(INTERRUPTED_CLICKS)]
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, env=describe_environment(settings))
    try:
        await eventually(lambda: count(pool, "click"))
    finally:
        process.kill()
        await process.wait()
    assert 0 < await count(pool, "click") < INTERRUPTED_CLICKS

    demo = await seed(settings, clicks=9)

    assert (demo.clicks, demo.is_new) == (INTERRUPTED_CLICKS + INCIDENT_CLICKS, True)
    assert await count(pool, "click") == INTERRUPTED_CLICKS + INCIDENT_CLICKS
    assert (await audit(pool)).differences == []


async def test_somebody_elses_account_is_left_alone(settings: Settings, pool: asyncpg.Pool) -> None:
    await Account.create(name="A brand", slug="acme")

    with pytest.raises(AccountTakenError, match="acme exists and is no demo"):
        await seed(settings, slug="acme", clicks=CLICKS)

    assert not await is_room_for_demo()
    assert await count(pool, "click") == await count(pool, "creator") == 0


async def test_a_new_database_and_one_with_a_demo_have_room_for_it(settings: Settings) -> None:
    assert await is_room_for_demo()
    await seed(settings, clicks=50)
    assert await is_room_for_demo()
