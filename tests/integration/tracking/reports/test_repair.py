"""A repair sets each wrong count to what the layer below says, and leaves alone what nobody can prove (rule 12)."""

import asyncio
import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.clicking import DAY_MS, make_account, make_event, store
from tests.messaging import write_message
from tests.outcomes import convert, show
from tracking.clock import now_ms, utc_now
from tracking.reports.audit import audit
from tracking.reports.audited_days import AuditedDays
from tracking.reports.fold import fold_all
from tracking.reports.repair import repair
from tracking.reports.scopes import Scope, list_grains

pytestmark = pytest.mark.feature("R12")

ROLLUPS = {"rollup": "human_clicks", "outcome_rollup": "gross_minor"}


@pytest.fixture
async def account_id(pool: asyncpg.Pool) -> int:
    """Clicks and sales of three days in every scope, folded."""
    account_id = await make_account(pool, timezone="Asia/Kathmandu")
    labels: dict[str, Any] = {"offer_id": 8, "sharer_id": 6, "slot": 1}
    labels["message_id"] = await write_message(pool, account_id, creative_id=10)
    for age in range(3):
        at_ms = now_ms() - age * DAY_MS
        sent = make_event(account_id, at_ms=at_ms, zone="Asia/Kathmandu", contact_id=4, **labels)
        await store(pool, sent, make_event(account_id, at_ms=at_ms, zone="Asia/Kathmandu"), backfill=True)
        await convert(
            pool,
            account_id,
            occurred_at=utc_now() - dt.timedelta(days=age),
            txn_id=f"{age}",
            contact_id=4,
            campaign_id=2,
            creator_id=3,
            **labels,
        )
    await show(pool, account_id, 5, link_id=7)
    await fold_all(pool)
    return account_id


async def read_rollups(pool: asyncpg.Pool) -> list[list[tuple[Any, ...]]]:
    """Every row of which anything is not zero."""
    found = []
    for rollup in ROLLUPS:
        rows = [tuple(row) for row in await pool.fetch(f"SELECT * FROM {rollup}")]
        found.append(sorted(row for row in rows if any(row[8 if rollup == "outcome_rollup" else 6 :])))
    return found


async def tamper(pool: asyncpg.Pool, rollup: str, scope: Scope, grain: int) -> None:
    """By its key, as a fold may move the row meanwhile."""
    column = ROLLUPS[rollup]
    key = "account_id, scope, grain, bucket, first_key, second_key"
    key += ", dating, currency" if rollup == "outcome_rollup" else ""
    changed = await pool.execute(
        f"UPDATE {rollup} SET {column} = {column} + 3 WHERE ({key}) = (SELECT {key} FROM {rollup}"
        " WHERE scope = $1 AND grain = $2 ORDER BY bucket, first_key DESC LIMIT 1)",
        scope,
        grain,
    )
    assert changed == "UPDATE 1"


@pytest.mark.parametrize("rollup", ROLLUPS)
@pytest.mark.parametrize("scope", Scope)
async def test_a_broken_count_of_any_layer_is_found_and_set_right(
    pool: asyncpg.Pool, account_id: int, rollup: str, scope: Scope
) -> None:
    right = await read_rollups(pool)
    for grain in list_grains(scope):
        await tamper(pool, rollup, scope, grain)
        assert not (await audit(pool)).is_clean

        repaired = await repair(pool)

        assert len(repaired.changed) == 1
        assert (await audit(pool)).is_clean
        assert await read_rollups(pool) == right


async def test_counts_that_are_gone_come_back_and_made_up_ones_go(pool: asyncpg.Pool, account_id: int) -> None:
    right = await read_rollups(pool)
    await pool.execute("DELETE FROM rollup WHERE scope IN (1, 10, 13)")
    await pool.execute("UPDATE rollup SET first_key = 99 WHERE scope = 11")
    await pool.execute("DELETE FROM outcome_rollup WHERE impressions = 0 AND (dating = 2 OR scope = 12)")

    await repair(pool)

    assert await read_rollups(pool) == right
    assert (await audit(pool)).is_clean


async def test_repairing_again_changes_nothing(pool: asyncpg.Pool, account_id: int) -> None:
    await tamper(pool, "rollup", Scope.CAMPAIGN, 1)
    first = await repair(pool)
    after = await read_rollups(pool)

    again = await repair(pool)

    assert (len(first.changed), again.changed, again.left) == (1, [], [])
    assert await read_rollups(pool) == after


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(pool: asyncpg.Pool, account_id: int) -> None:
    await tamper(pool, "rollup", Scope.OFFER, 1)
    before = await read_rollups(pool)

    told = await repair(pool, is_dry_run=True)

    assert await read_rollups(pool) == before
    assert told.changed == (await repair(pool)).changed


async def test_another_account_is_left_alone(pool: asyncpg.Pool, account_id: int) -> None:
    other = await make_account(pool, slug="other")
    await store(pool, make_event(other))
    await fold_all(pool)
    await pool.execute("UPDATE rollup SET human_clicks = 9 WHERE account_id = $1 AND grain = 2", other)

    assert (await repair(pool, account_id)).changed == []
    assert not (await audit(pool, other)).is_clean


async def test_only_the_days_that_are_asked_for(pool: asyncpg.Pool, account_id: int) -> None:
    await pool.execute("UPDATE rollup SET human_clicks = human_clicks + 1 WHERE scope = 1 AND grain = 1")
    today = (utc_now() + dt.timedelta(hours=5, minutes=45)).date()

    found = await audit(pool, days=AuditedDays(today, today))
    repaired = await repair(pool, days=AuditedDays(today, today))

    assert len([each for each in found.differences if each.check == "hours = clicks"]) == 1
    assert len(repaired.changed) == 1
    assert (await audit(pool, days=AuditedDays(today, today))).is_clean
    assert len((await repair(pool)).changed) == 2


async def test_what_was_counted_of_clicks_that_are_gone_is_never_touched(pool: asyncpg.Pool, account_id: int) -> None:
    """Not its hours, and not its days: nobody can tell which of both is right."""
    today = await pool.fetchval("SELECT max(bucket) FROM rollup WHERE scope = 1 AND grain = 2")
    await pool.execute("INSERT INTO click_retention VALUES ($1, $2)", account_id, today)
    await pool.execute("DELETE FROM click WHERE occurred_at < $1", today)
    await pool.execute("DELETE FROM unique_click WHERE day > '1970-01-01' AND click_id NOT IN (SELECT id FROM click)")
    assert (await audit(pool)).is_clean
    assert (await repair(pool)).changed == []

    await pool.execute("UPDATE rollup SET human_clicks = 77 WHERE scope = 1 AND grain = 2 AND bucket < $1", today)
    broken = await read_rollups(pool)
    repaired = await repair(pool)

    assert (repaired.changed, len(repaired.left)) == ([], 2)
    assert await read_rollups(pool) == broken


async def test_totals_of_contacts_are_at_least_what_is_kept_once_clicks_are_gone(
    pool: asyncpg.Pool, account_id: int
) -> None:
    today = await pool.fetchval("SELECT max(bucket) FROM rollup WHERE scope = 1 AND grain = 2")
    await pool.execute("INSERT INTO click_retention VALUES ($1, $2)", account_id, today)
    await pool.execute("DELETE FROM click WHERE occurred_at < $1", today)
    await pool.execute("UPDATE rollup SET human_clicks = 0 WHERE scope = 13")

    checks = {each.check for each in (await audit(pool)).differences}

    assert checks == {"totals of contacts hold their clicks", "contacts = links of recipients"}


async def test_clicks_that_come_in_meanwhile_are_counted_once(pool: asyncpg.Pool, account_id: int) -> None:
    """Deltas that wait are part of the equation: a repair leaves them to the fold."""
    await store(pool, make_event(account_id, visitor=50, zone="Asia/Kathmandu"))
    assert (await repair(pool)).changed == []
    stop = asyncio.Event()

    async def click() -> int:
        stored = 0
        while not stop.is_set():
            batch = [make_event(account_id, visitor=100 + stored + each, zone="Asia/Kathmandu") for each in range(5)]
            await store(pool, *batch)
            stored += len(batch)
        return stored

    async def fold() -> None:
        while not stop.is_set():
            await fold_all(pool)

    clicking, folding = asyncio.create_task(click()), asyncio.create_task(fold())
    for grain in (1, 2, 3, 1):
        await tamper(pool, "rollup", Scope.ACCOUNT, grain)
        await repair(pool)
    stop.set()
    await folding
    stored = await clicking
    await fold_all(pool)

    assert (await audit(pool)).is_clean
    human = await pool.fetchval("SELECT human_clicks FROM rollup WHERE scope = 1 AND grain = 3")
    assert human == await pool.fetchval("SELECT count(*) FROM click") == 7 + stored


async def test_a_repair_that_knew_nothing_of_waiting_deltas_would_be_found(pool: asyncpg.Pool, account_id: int) -> None:
    """The negative control: what a careless repair would do, adding clicks that the fold adds too."""
    await store(pool, make_event(account_id, visitor=60, zone="Asia/Kathmandu"))
    await pool.execute(
        "UPDATE rollup SET human_clicks = human_clicks + 1 WHERE ctid ="
        " (SELECT ctid FROM rollup WHERE scope = 1 AND grain = 1 ORDER BY bucket DESC LIMIT 1)"
    )
    await fold_all(pool)

    assert "hours = clicks" in {each.check for each in (await audit(pool)).differences}
