"""What clicks are told by is counted with them, whatever becomes of them (rules 6 and 13)."""

import datetime as dt
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import BOT, DAY_MS, HOUR_MS, make_account, make_event, store
from tests.traits import catch_up, count_cells, read_cells, relay_all
from tracking.bots.verdicts import Reason
from tracking.clicks.event import VisitorMethod
from tracking.clicks.partitions import drop_partitions
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.retention import expire_clicks
from tracking.clock import now_ms, utc_now
from tracking.dimensions.following import follow_once
from tracking.dimensions.kinds import MAX_VALUES, OTHER, Trait
from tracking.dimensions.looking import look_at_all, rebuild_dimensions
from tracking.reports.scopes import Scope

pytestmark = pytest.mark.feature("R13")

INSTAGRAM = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0.0.0"
)


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    return await make_account(pool, timezone="Asia/Kathmandu")


def make_click(account_id: int, **changes: Any) -> Any:
    return make_event(account_id, zone="Asia/Kathmandu", **changes)


async def read_values(pool: asyncpg.Pool, trait: Trait, scope: Scope = Scope.ACCOUNT) -> dict[str, tuple[int, int]]:
    """All clicks and unique ones of each value, over all days."""
    rows = await pool.fetch(
        "SELECT value, sum(human_clicks + suspect_clicks + bot_clicks + preview_fetches + prefetches + test_clicks),"
        " sum(unique_clicks) FROM dimension_rollup WHERE dimension = $1 AND scope = $2 GROUP BY value",
        trait,
        scope,
    )
    return {value: (clicks, uniques) for value, clicks, uniques in rows if clicks}


async def test_clicks_are_counted_by_every_trait_in_every_scope(pool: asyncpg.Pool, account_id: int) -> None:
    plain = {"campaign_id": None, "creator_id": None}
    at_ms = now_ms() - 2
    await store(
        pool,
        make_click(account_id, visitor=1, at_ms=at_ms),
        make_click(account_id, visitor=1, at_ms=at_ms + 1, placement="story"),
        make_click(account_id, visitor=2, user_agent=INSTAGRAM, referrer=b"", offer_id=9),
        make_click(account_id, visitor=3, user_agent=BOT, visitor_method=VisitorMethod.COOKIE, **plain),
        make_click(account_id, visitor=4, message_id=5, contact_id=6, slot=1, visitor_method=VisitorMethod.CONTACT),
        make_click(account_id, visitor=5, at_ms=now_ms() - 2 * DAY_MS, user_agent=b""),
    )
    await catch_up(pool)

    assert await read_cells(pool) == await count_cells(pool)
    assert await read_values(pool, Trait.EVERYTHING) == {"": (6, 4)}
    assert await read_values(pool, Trait.PLACEMENT) == {"story": (1, 0)}
    assert await read_values(pool, Trait.IN_APP_BROWSER) == {"Instagram": (1, 1)}
    assert await read_values(pool, Trait.REFERRER, Scope.MESSAGE) == {"www.instagram.com": (1, 1)}
    methods = {"HASH": (4, 3), "COOKIE": (1, 0), "CONTACT": (1, 1)}
    assert await read_values(pool, Trait.UNIQUE_METHOD) == methods
    assert await read_values(pool, Trait.EVERYTHING, Scope.LINK) == {"": (5, 3)}


async def test_a_unique_that_moves_takes_its_traits_along(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id, user_agent=INSTAGRAM, referrer=b"https://late.example/"))
    await catch_up(pool)
    assert await read_values(pool, Trait.REFERRER) == {"late.example": (1, 1)}

    early = make_click(account_id, at_ms=now_ms() - 60_000, referrer=b"https://early.example/")
    await store(pool, early)
    assert await read_cells(pool) != await count_cells(pool)
    await catch_up(pool)

    assert await read_cells(pool) == await count_cells(pool)
    if early.visitor_day == make_click(account_id).visitor_day:
        assert await read_values(pool, Trait.REFERRER) == {"late.example": (1, 0), "early.example": (1, 1)}


async def test_a_click_that_is_judged_anew_moves_between_columns(pool: asyncpg.Pool, account_id: int) -> None:
    event = make_click(account_id)
    await store(pool, event)
    await catch_up(pool)
    before = await read_cells(pool)

    learned = {UUID(bytes=event.click_id): Learned(evidence=int(Reason.HONEYPOT))}
    await relabel_clicks(pool, account_id, learned, Cause.BEHAVIOUR)
    await catch_up(pool)

    after = await read_cells(pool)
    assert after == await count_cells(pool)
    assert after.keys() == before.keys()
    assert {counts[2] for counts in after.values()} == {1}
    assert {counts[7] for counts in after.values()} == {0}


async def test_events_that_are_read_again_add_nothing(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id), make_click(account_id, visitor=2))
    await catch_up(pool)
    counted = await read_cells(pool)

    await pool.execute("UPDATE dimension_state SET position = (SELECT min(position) - 1 FROM event_log)")
    await catch_up(pool)
    await look_at_all(pool)

    assert await read_cells(pool) == counted == await count_cells(pool)


async def test_what_is_not_remembered_is_counted_twice(pool: asyncpg.Pool, account_id: int) -> None:
    """The negative control: it is the memory that keeps counts from doubling, and a recount that sees it."""
    await store(pool, make_click(account_id))
    await catch_up(pool)
    await pool.execute("DELETE FROM dimension_click")

    await look_at_all(pool)

    assert await read_cells(pool) != await count_cells(pool)
    await rebuild_dimensions(pool, account_id)
    assert await read_cells(pool) == await count_cells(pool)


async def test_one_counts_while_another_waits_for_its_turn(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id))
    await relay_all(pool)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(7261030)")
        assert await follow_once(pool) is None
    assert await read_cells(pool) == {}
    assert await follow_once(pool)
    assert await read_cells(pool) == await count_cells(pool)


async def test_after_a_gap_in_the_log_every_click_is_looked_at(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id), make_click(account_id, at_ms=now_ms() - 20 * DAY_MS), backfill=True)
    await relay_all(pool)
    await pool.execute("DELETE FROM event_log")
    await store(pool, make_click(account_id, visitor=2))
    await catch_up(pool)

    assert len(await read_values(pool, Trait.EVERYTHING)) == 1
    assert await read_values(pool, Trait.EVERYTHING) == {"": (3, 3)}
    assert await read_cells(pool) == await count_cells(pool)


async def test_what_an_account_is_rebuilt_to_is_what_it_was(pool: asyncpg.Pool, account_id: int) -> None:
    other_id = await make_account(pool, slug="other")
    clicks = [make_click(account_id, visitor=n, at_ms=now_ms() - n * 7 * HOUR_MS) for n in range(1, 60)]
    await store(pool, *clicks, make_event(other_id), backfill=True)
    await catch_up(pool)
    counted = await read_cells(pool)
    await pool.execute("UPDATE dimension_rollup SET human_clicks = human_clicks + 1 WHERE account_id = $1", account_id)

    await rebuild_dimensions(pool, account_id)

    assert await read_cells(pool) == counted == await count_cells(pool)


async def test_counts_outlive_clicks_that_are_past_their_time(pool: asyncpg.Pool, account_id: int) -> None:
    await pool.execute("UPDATE account SET retention_days = 100")
    await store(
        pool, make_click(account_id, at_ms=now_ms() - 103 * DAY_MS), make_click(account_id, visitor=2), backfill=True
    )
    await catch_up(pool)
    counted = await read_cells(pool)

    await expire_clicks(pool, utc_now())
    assert await pool.fetchval("SELECT count(*) FROM click") == 1
    assert await pool.fetchval("SELECT count(*) FROM dimension_click") == 1
    await look_at_all(pool)
    assert await read_cells(pool) == counted
    await rebuild_dimensions(pool, account_id)
    assert await read_cells(pool) == counted


async def test_what_is_remembered_goes_with_the_months_of_clicks(pool: asyncpg.Pool, account_id: int) -> None:
    old_ms = round(dt.datetime(2021, 5, 10, tzinfo=dt.UTC).timestamp() * 1000)
    await store(pool, make_click(account_id, at_ms=old_ms), backfill=True)
    await catch_up(pool)
    async with pool.acquire() as connection:
        dropped = await drop_partitions(connection, dt.datetime(2021, 7, 1, tzinfo=dt.UTC))
    assert dropped == ["click_2021_05", "dimension_click_2021_05", "unique_click_2021_05"]
    assert await pool.fetchval("SELECT count(*) FROM dimension_click") == 0


async def test_a_month_without_its_partition_gets_one(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id, at_ms=now_ms() - 400 * DAY_MS), backfill=True)
    month = dt.datetime.fromtimestamp(now_ms() / 1000 - 400 * 86_400, dt.UTC)
    await pool.execute(f"DROP TABLE dimension_click_{month:%Y_%m}")
    await catch_up(pool)
    assert await read_cells(pool) == await count_cells(pool)
    assert await read_values(pool, Trait.EVERYTHING) == {"": (1, 1)}


async def test_an_erased_user_agent_leaves_where_it_was_counted(pool: asyncpg.Pool, account_id: int) -> None:
    await store(pool, make_click(account_id, user_agent=INSTAGRAM))
    await catch_up(pool)
    await pool.execute("UPDATE click SET user_agent_id = NULL, network = NULL")
    assert await read_values(pool, Trait.IN_APP_BROWSER) == {"Instagram": (1, 1)}
    await look_at_all(pool)
    assert await read_values(pool, Trait.IN_APP_BROWSER) == {}
    assert await read_cells(pool) == await count_cells(pool)


async def test_strangers_cannot_make_values_without_end(pool: asyncpg.Pool, account_id: int) -> None:
    at_ms = now_ms()

    def make_strange(n: int, visitor: int = 0) -> Any:
        referrer = f"https://{n:04}.example/".encode()
        return make_click(account_id, at_ms=at_ms, visitor=visitor or n + 1, referrer=referrer, placement=f"p{n}")

    events = [make_strange(n) for n in range(MAX_VALUES + 20)]
    await store(pool, *events)
    await catch_up(pool)
    values = await read_values(pool, Trait.REFERRER)
    assert len(values) == MAX_VALUES + 1
    assert values[OTHER] == (20, 20)
    assert set(values) == {OTHER, *(f"{n:04}.example" for n in range(MAX_VALUES))}

    # What is known stays known, and what is not never becomes so: taken back from where it was added.
    late = events[-1]
    await store(pool, make_strange(3, visitor=5_000), make_strange(9_000, visitor=5_001))
    learned = {UUID(bytes=late.click_id): Learned(evidence=int(Reason.HONEYPOT))}
    await relabel_clicks(pool, account_id, learned, Cause.BEHAVIOUR)
    await catch_up(pool)
    values = await read_values(pool, Trait.REFERRER)
    assert values["0003.example"] == (2, 2)
    assert values[OTHER] == (21, 20)
    assert len(await read_values(pool, Trait.PLACEMENT)) == MAX_VALUES + 1
