"""The account of two years: the rows that storing each click would have made, whatever became of the first seed."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from creatrail.seed.demo import AccountTakenError, seed
from creatrail.seed.years.plan import Size
from creatrail.seed.years.seeding import SeededYears, seed_years
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.clicks.event import ClickEvent
from tracking.clicks.prepare import CLICK_COLUMNS
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.dimensions.looking import look_at_account
from tracking.errors import InvalidInputError
from tracking.reports.audit import audit
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.usefixtures("orm")

SMALL = Size(creators=15, campaigns=4, days=120)
CLICKS = 2_000
DERIVED = {
    "unique_click": "day, subject, subject_id, visitor_key",
    "rollup": "scope, first_key, second_key, grain, bucket",
    "dimension_rollup": "scope, first_key, second_key, dimension, day_at, value",
    "dimension_click": "click_id",
}


async def seed_small(settings: Settings, slug: str = "years", clicks: int = CLICKS) -> SeededYears:
    return await seed_years(settings, slug, clicks, SMALL, say=lambda _: None)


async def count(pool: asyncpg.Pool, table: str) -> int:
    found: int = await pool.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def read_tables(pool: asyncpg.Pool) -> dict[str, list[tuple[Any, ...]]]:
    """Clicks in the columns that are stored for them, and all that is told by them."""
    tables = {"click": await pool.fetch(f"SELECT {', '.join(CLICK_COLUMNS)} FROM click ORDER BY id")}
    for table, key in DERIVED.items():
        tables[table] = await pool.fetch(f"SELECT * FROM {table} ORDER BY {key}")
    return {table: [tuple(row) for row in rows] for table, rows in tables.items()}


def write_address(network: bytes) -> str:
    if len(network) == 3:
        return ".".join(map(str, (*network, 7)))
    return f"{network.hex(':', 2)}::7"


async def read_events(pool: asyncpg.Pool) -> Sequence[ClickEvent]:
    """What a redirector would have recorded of the requests that these rows are of."""
    rows = await pool.fetch(
        "SELECT click.*, coalesce(user_agent, '') AS user_agent FROM click"
        " LEFT JOIN user_agent ON user_agent.id = user_agent_id ORDER BY visitor_key, click.id DESC"
    )
    return [
        ClickEvent(
            click_id=row["id"].bytes,
            account_id=row["account_id"],
            link_id=row["link_id"],
            campaign_id=row["campaign_id"],
            creator_id=row["creator_id"],
            message_id=None,
            slot=None,
            contact_id=None,
            offer_id=None,
            sharer_id=None,
            visitor_key=row["visitor_key"],
            visitor_method=row["visitor_method"],
            visitor_day=row["visitor_day"].toordinal() - 719_163,
            facts=row["facts"],
            client_ip=write_address(row["network"]),
            user_agent=row["user_agent"].encode(),
            referrer=f"https://{row['referrer_host']}/".encode() if row["referrer_host"] else b"",
            query=b"",
            placement=row["placement"] or "",
        )
        for row in rows
    ]


async def store_one_by_one(pool: asyncpg.Pool, account_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """The same clicks once more, as workers store them, in no order. Returns what is stored then."""
    events = await read_events(pool)
    await pool.execute(f"TRUNCATE click, {', '.join(DERIVED)}")
    for start in range(0, len(events), 300):
        stored = await store_clicks(pool, UserAgents(), events[start : start + 300], backfill=True)
        assert stored.rejected == []
    await fold_all(pool)
    await look_at_account(pool, account_id)
    return await read_tables(pool)


@pytest.mark.feature("R3", "R5", "R12")
async def test_rows_are_those_that_storing_each_click_makes(settings: Settings, pool: asyncpg.Pool) -> None:
    seeded = await seed_small(settings)
    at_once = await read_tables(pool)

    assert await store_one_by_one(pool, seeded.account_id) == at_once
    assert len(at_once["click"]) == CLICKS
    assert len(at_once["unique_click"]) > CLICKS / 2


@pytest.mark.parametrize(
    ("spoil", "table"),
    [
        ("UPDATE click SET score = score + 1 WHERE id = (SELECT min(id::text)::uuid FROM click)", "click"),
        (
            "DELETE FROM unique_click WHERE click_id = (SELECT min(click_id::text)::uuid FROM unique_click)",
            "unique_click",
        ),
        ("UPDATE rollup SET human_clicks = human_clicks + 1 WHERE scope = 1 AND grain = 3", "rollup"),
    ],
)
async def test_a_row_that_is_not_so_is_seen(settings: Settings, pool: asyncpg.Pool, spoil: str, table: str) -> None:
    seeded = await seed_small(settings)
    await pool.execute(spoil)
    spoilt = await read_tables(pool)

    found = await store_one_by_one(pool, seeded.account_id)

    assert [name for name, rows in found.items() if rows != spoilt[name]] == [table]


@pytest.mark.feature("R12")
async def test_everything_adds_up(settings: Settings, pool: asyncpg.Pool) -> None:
    seeded = await seed_small(settings)

    assert (await audit(pool)).differences == []
    assert (seeded.clicks, seeded.is_new) == (CLICKS, True)
    tables = ("click", "rollup_delta", "event_outbox", "event_log", "creator", "campaign")
    assert [await count(pool, table) for table in tables] == [CLICKS, 0, 0, 0, SMALL.creators, SMALL.campaigns]
    assert await count(pool, "click JOIN link ON link.id = link_id WHERE occurred_at < link.created_at") == 0
    assert await count(pool, "click WHERE occurred_at > now()") == 0


async def test_a_second_seed_adds_nothing(settings: Settings, pool: asyncpg.Pool) -> None:
    first = await seed_small(settings)
    again = await seed_small(settings, clicks=CLICKS * 2)

    assert again == SeededYears(first.account_id, CLICKS, is_new=False)
    assert await count(pool, "click") == CLICKS


async def test_accounts_of_one_database_have_clicks_of_their_own(settings: Settings, pool: asyncpg.Pool) -> None:
    await seed_small(settings)
    await seed_small(settings, slug="others")

    assert await count(pool, "click") == CLICKS * 2
    assert (await audit(pool)).differences == []


async def test_a_seed_that_ended_half_way_goes_on(settings: Settings, pool: asyncpg.Pool) -> None:
    async def has_begun() -> bool:
        return 0 < await count(pool, "click") < CLICKS

    cut_short = asyncio.create_task(seed_small(settings))
    await eventually(has_begun)
    cut_short.cancel()
    await asyncio.gather(cut_short, return_exceptions=True)
    stored_before = await count(pool, "click")
    resumed = await seed_small(settings)

    assert 0 < stored_before < CLICKS
    assert resumed.is_new
    assert await count(pool, "click") == CLICKS
    assert (await audit(pool)).differences == []


async def test_one_at_a_time_fills_an_account(settings: Settings, pool: asyncpg.Pool) -> None:
    found = await asyncio.gather(seed_small(settings), seed_small(settings), return_exceptions=True)

    assert [type(each) for each in found].count(AccountTakenError) == 1
    assert await count(pool, "click") == CLICKS


async def test_what_cannot_be_seeded_is_refused(settings: Settings) -> None:
    await seed(settings, "taken", clicks=50)

    with pytest.raises(AccountTakenError, match="account taken exists and was not made for this: choose --account"):
        await seed_small(settings, slug="taken")
    with pytest.raises(InvalidInputError, match=r"10 clicks are too few for so many creators: give \d+ or more"):
        await seed_small(settings, slug="few", clicks=10)
    assert not await Account.exists(slug="few")
